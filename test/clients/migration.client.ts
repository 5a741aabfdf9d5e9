/**
 * The main job of a FULL_ACCESS role: a migration from mailbox to mailbox.
 */

import {
  BasePropertySet,
  EmailMessage,
  ExtendedPropertyDefinition,
  ItemSchema,
  ItemView,
  MapiPropertyType,
  MimeContent,
  PropertySet,
  SearchFilter,
  WellKnownFolderName,
} from 'ews-javascript-api'
import t from 'tap'
import {
  CONTRACT,
  everyoneWasImpersonated,
  nothingWasWritten,
  startFurnished,
  TEN_MEGABYTES,
} from './client-test-server.ts'
import { outcomeOf, serviceFor } from './ews.ts'
import {
  all,
  as,
  at,
  clientFor,
  findItem,
  messageOf,
  outcomeOf as nodeEwsOutcomeOf,
  upload,
} from './node-ews.ts'
import { runPython, withoutExchangelib } from './python.ts'

const { Inbox } = WellKnownFolderName
const options = { skip: withoutExchangelib }
const [ALICE, BOB, CAROL] = ['alice@example.com', 'bob@example.com', 'carol@example.com'] as const
/** PidTagMessageFlags; without the flag 8 an item is no draft. */
const MESSAGE_FLAGS = new ExtendedPropertyDefinition(0x0e07, MapiPropertyType.Integer)
const FOREIGN =
  'From: Erika <erika@partner.example>\r\nTo: bob@example.com\r\n' +
  'Subject: =?utf-8?Q?Received_=C3=BC?=\r\nDate: Tue, 03 Mar 2020 10:00:00 +0000\r\n' +
  'Message-ID: <1@partner.example>\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nGr\u00fc\u00dfe\r\n'

t.test('exchangelib moves a mailbox under migration-full', options, async t => {
  const server = await startFurnished(t)
  const { sandbox } = server
  const [source, target] = [sandbox.mailbox(BOB), sandbox.mailbox(CAROL)]
  source.deliver({ ...CONTRACT, subject: 'For bob' })
  const [from, before] = [source.count(), target.count()]
  const settings = {
    source: 'bob',
    target: 'carol',
    subject: 'For bob',
    steps: ['as_mime', 'copied', 'to_the_ceo'],
  }
  const moved = await runPython(server, { script: 'migration', key: server.keys.full, settings })
  const counts = Object.values(moved['copied'] as Record<string, readonly [number, number]>)
  t.ok(counts.every(([exported, uploaded]) => exported === uploaded))
  t.strictSame(moved['as_mime'], {
    from: CONTRACT.from,
    draft: false,
    files: [CONTRACT.files[0].name],
    identical: true,
  })
  t.equal(moved['to_the_ceo'], 'ErrorImpersonateUserDenied', 'P10 not to the ceo')

  t.equal(source.count(), from)
  t.equal(target.count(), before + from + 1, 'everything arrived')
  t.equal(target.subjects().filter(subject => subject === 'For bob').length, 2, 'once in each way')
  const files = target.files()
  t.ok(
    files.some(file => file.equals(TEN_MEGABYTES)),
    '10 MB, byte for byte',
  )
  t.equal(files.filter(file => file.equals(CONTRACT.files[0].content)).length, 4)
  everyoneWasImpersonated(t, server, ['bob', 'carol'], 'exchangelib under migration-full')
})

t.test('P4 exchangelib exports and uploads nothing under backup-readonly', options, async t => {
  const server = await startFurnished(t)
  const settings = { source: 'bob', target: 'bob', subject: '', steps: ['read_only'] }
  const tried = await runPython(server, {
    script: 'migration',
    key: server.keys.readOnly,
    settings,
  })
  t.strictSame(tried, { read_only: 'ErrorAccessDenied' })
  nothingWasWritten(t, server, 'a restore under backup-readonly')
})

t.test('ews-javascript-api saves received mail as MIME under migration-full', async t => {
  const server = await startFurnished(t)
  const save = (key: typeof server.keys.full, address: string) =>
    outcomeOf(async () => {
      const message = new EmailMessage(serviceFor(server, key, address))
      message.MimeContent = new MimeContent('UTF-8', Buffer.from(FOREIGN).toString('base64'))
      message.SetExtendedProperty(MESSAGE_FLAGS, 1)
      await message.Save(Inbox)
    })
  t.equal(
    await save(server.keys.readOnly, BOB),
    'ErrorAccessDenied',
    'P4 not under backup-readonly',
  )
  t.equal(await save(server.keys.full, 'ceo@example.com'), 'ErrorImpersonateUserDenied')
  nothingWasWritten(t, server, 'neither reaches the server')
  t.equal(await save(server.keys.full, BOB), 'done')

  const service = serviceFor(server, server.keys.full, BOB)
  const filter = new SearchFilter.IsEqualTo(ItemSchema.Subject, 'Received ü')
  const [found] = (await service.FindItems(Inbox, filter, new ItemView(5))).Items
  if (found === undefined) throw new Error('It is not there')
  const shape = new PropertySet(BasePropertySet.FirstClassProperties, [ItemSchema.MimeContent])
  const saved = await EmailMessage.Bind(service, found.Id, shape)
  t.equal(saved.From.Address, 'erika@partner.example', 'who sent it stays')
  t.equal(saved.IsDraft, false)
  t.equal(Buffer.from(saved.MimeContent.Content, 'base64').toString(), FOREIGN, 'byte for byte')
  t.ok(server.sandbox.mailbox(BOB).subjects().includes('Received ü'))
})

t.test('node-ews exports from one mailbox and uploads to another', async t => {
  const server = await startFurnished(t)
  const { sandbox, keys } = server
  const client = clientFor(server, keys.full, t.testdir({}))
  const inboxOf = async (address: string) => {
    const message = await messageOf(client.run('FindItem', findItem, as(address)), 'FindItem')
    return all(at(message, 'RootFolder', 'Items'), 'Message')
  }
  const big = (await inboxOf(BOB)).find(item => at(item, 'Subject') === 'Big')
  const [any] = await inboxOf(CAROL)
  const folder = at(any, 'ParentFolderId', 'attributes') as object
  const wanted = { ItemIds: { 't:ItemId': { attributes: at(big, 'ItemId', 'attributes') } } }
  const exported = await messageOf(client.run('ExportItems', wanted, as(BOB)), 'ExportItems')
  const data = String(at(exported, 'Data'))

  const reader = clientFor(server, keys.readOnly, t.testdirName)
  const refused = await nodeEwsOutcomeOf(reader.run('UploadItems', upload(folder, data), as(ALICE)))
  t.equal(refused, 'ErrorAccessDenied', 'P4 not under backup-readonly')
  nothingWasWritten(t, server, 'an export writes nothing')
  const uploaded = client.run('UploadItems', upload(folder, data), as(CAROL))
  t.equal(at(await messageOf(uploaded, 'UploadItems'), 'ResponseCode'), 'NoError')
  const [file] = sandbox.mailbox(CAROL).files().slice(-1)
  t.ok(file?.equals(TEN_MEGABYTES), '10 MB, byte for byte')
  everyoneWasImpersonated(t, server, ['bob', 'carol'], 'node-ews under migration-full')
})
