/**
 * node-ews, the client that makes its calls from the server's WSDL, through the gateway.
 */

import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { NEUTRAL } from '../kit/gateway-test-server.ts'
import {
  CONTRACT,
  everyoneWasImpersonated,
  nothingWasWritten,
  ROLES,
  reasonsIn,
  SID_OF_ALICE,
  SID_OF_THE_CEO,
  startFurnished,
  TEN_MEGABYTES,
} from './client-test-server.ts'
import {
  all,
  as,
  at,
  type Client,
  clientFor,
  createAttachment,
  createItem,
  findFolder,
  findItem,
  getAttachment,
  getItem,
  getOof,
  messageOf,
  outcomeOf,
  pull,
  setOof,
  sync,
  type Tree,
  writesOf,
} from './node-ews.ts'
import { arrivals } from './waiting.ts'

const ALICE = 'alice@example.com'
const BOB = 'bob@example.com'

/** Returns the messages in a user's inbox. */
async function inboxOf(client: Client, address: string): Promise<readonly Tree[]> {
  const message = await messageOf(client.run('FindItem', findItem, as(address)), 'FindItem')
  return all(at(message, 'RootFolder', 'Items'), 'Message')
}

/** Returns the ID of a message, and the result of GetItem for it. */
async function read(client: Client, address: string, subject: string) {
  const found = (await inboxOf(client, address)).find(item => at(item, 'Subject') === subject)
  const id = at(found, 'ItemId', 'attributes') as Readonly<Record<string, string>>
  const message = await messageOf(client.run('GetItem', getItem(id), as(address)), 'GetItem')
  return { id, item: at(message, 'Items', 'Message') }
}

async function fileOf(client: Client, address: string, item: Tree): Promise<Buffer> {
  const id = at(item, 'Attachments', 'FileAttachment', 'AttachmentId', 'attributes', 'Id')
  const answer = client.run('GetAttachment', getAttachment(String(id)), as(address))
  const file = at(await messageOf(answer, 'GetAttachment'), 'Attachments', 'FileAttachment')
  return Buffer.from(String(at(file, 'Content')), 'base64')
}

for (const role of ROLES) {
  t.test(`node-ews reads a mailbox under ${role}`, async t => {
    const server = await startFurnished(t)
    const temp = t.testdir({ wsdl: {} })
    const client = clientFor(server, server.keys[role], join(temp, 'wsdl'))
    const alice = server.sandbox.mailbox(ALICE)
    const found = await messageOf(client.run('FindFolder', findFolder, as(ALICE)), 'FindFolder')
    const kinds = ['Folder', 'CalendarFolder', 'ContactsFolder', 'TasksFolder']
    const folders = kinds.flatMap(kind => all(at(found, 'RootFolder', 'Folders'), kind))
    t.strictSame(
      folders.map(folder => at(folder, 'DisplayName')).toSorted(),
      alice.folderNames().toSorted(),
      'folders',
    )
    const services = readFileSync(join(temp, 'wsdl', 'services.wsdl'), 'utf8')
    t.match(services, `location="${server.url}"`, 'R11 its WSDL leads to the gateway')

    const { item } = await read(client, ALICE, CONTRACT.subject)
    t.match(at(item, 'Body', '$value'), CONTRACT.body)
    t.equal(at(item, 'From', 'Mailbox', 'EmailAddress'), CONTRACT.from)
    const mime = Buffer.from(String(at(item, 'MimeContent', '$value')), 'base64')
    t.match(mime.toString('latin1'), /^Subject: /m, 'MIME')
    t.ok((await fileOf(client, ALICE, item)).equals(CONTRACT.files[0].content), 'an attachment')
    const big = await read(client, BOB, 'Big')
    t.ok((await fileOf(client, BOB, big.item)).equals(TEN_MEGABYTES), '10 MB, byte for byte')
    everyoneWasImpersonated(t, server, ['alice', 'bob'], 'each request acts as an allowed user')
    nothingWasWritten(t, server, 'reading writes nothing')
  })

  t.test(`node-ews follows changes and events under ${role}`, async t => {
    const server = await startFurnished(t)
    const client = clientFor(server, server.keys[role], t.testdir({}))
    const alice = server.sandbox.mailbox(ALICE)
    const changes = async (state?: string) => {
      const answer = client.run('SyncFolderItems', sync(state), as(ALICE))
      const message = await messageOf(answer, 'SyncFolderItems')
      const created = all(at(message, 'Changes'), 'Create')
      const subjects = created.map(change => at(change, 'Message', 'Subject'))
      return { state: String(at(message, 'SyncState')), subjects }
    }
    const first = await changes()
    t.strictSame(first.subjects.toSorted(), alice.subjects().toSorted())
    const subscribed = await messageOf(client.run('Subscribe', pull, as(ALICE)), 'Subscribe')
    alice.deliver({ subject: 'Later' })
    t.strictSame((await changes(first.state)).subjects, ['Later'])

    const SubscriptionId = at(subscribed, 'SubscriptionId')
    const events = { SubscriptionId, Watermark: at(subscribed, 'Watermark') }
    const told = await messageOf(client.run('GetEvents', events, as(ALICE)), 'GetEvents')
    t.ok(at(told, 'Notification', 'NewMailEvent', 'ItemId'), 'an event')
    const ended = client.run('Unsubscribe', { SubscriptionId }, as(ALICE))
    t.equal(at(await messageOf(ended, 'Unsubscribe'), 'ResponseCode'), 'NoError')
    everyoneWasImpersonated(t, server, ['alice'], 'each request acts as an allowed user')
  })

  t.test(`node-ews names the user in every way, or no user, under ${role}`, async t => {
    const server = await startFurnished(t)
    const client = clientFor(server, server.keys[role], t.testdir({}))
    const asked = (header?: object) => outcomeOf(client.run('FindItem', findItem, header))
    const denied = 'ErrorImpersonateUserDenied'
    for (const [value, kind, outcome] of [
      [ALICE, 'SmtpAddress', 'done'],
      [ALICE, 'PrimarySmtpAddress', 'done'],
      ['alice@corp.example.com', 'PrincipalName', 'done'],
      [SID_OF_ALICE, 'SID', 'done'],
      ['ceo@example.com', 'SmtpAddress', denied],
      ['boss@example.com', 'SmtpAddress', denied],
      ['ceo@example.com', 'PrimarySmtpAddress', denied],
      ['ceo@corp.example.com', 'PrincipalName', denied],
      [SID_OF_THE_CEO, 'SID', denied],
      [NEUTRAL, 'SmtpAddress', denied],
      ['carol@example.com', 'SmtpAddress', role === 'full' ? 'done' : denied],
    ] as const)
      t.equal(await asked(as(value, kind)), outcome, `P10 ${kind} ${value}`)
    t.equal(await asked(), 'ErrorInvalidExchangeImpersonationHeaderData', 'P10 nobody')

    const rooms = await client.run('GetRoomLists', {})
    t.equal(at(rooms, 'RoomLists', 'Address', 'EmailAddress'), 'rooms@example.com')
    const names = { attributes: { ReturnFullContactData: 'false' }, UnresolvedEntry: 'bob' }
    const resolved = await messageOf(client.run('ResolveNames', names), 'ResolveNames')
    const mailbox = at(resolved, 'ResolutionSet', 'Resolution', 'Mailbox')
    t.equal(at(mailbox, 'EmailAddress'), BOB)
    const last = server.sandbox.seen.slice(-2).map(({ impersonated }) => impersonated)
    t.strictSame(last, [NEUTRAL, NEUTRAL], 'R1 without a header it acts as the neutral mailbox')
    const people = role === 'full' ? ['alice', 'carol'] : ['alice']
    everyoneWasImpersonated(t, server, people, 'each request acts as an allowed user')
  })
}

t.test('P4 P10 node-ews gets ErrorAccessDenied for every write', async t => {
  const server = await startFurnished(t)
  const client = clientFor(server, server.keys.readOnly, t.testdir({}))
  const { id } = await read(client, ALICE, CONTRACT.subject)
  for (const [operation, request] of writesOf(id)) {
    const outcome = await outcomeOf(client.run(operation, request, as(ALICE)))
    t.equal(outcome, 'ErrorAccessDenied', operation)
  }
  nothingWasWritten(t, server, 'node-ews under backup-readonly')
  t.strictSame(reasonsIn(server), ['role-is-read-only'])
})

t.test('node-ews writes under migration-full', async t => {
  const server = await startFurnished(t)
  const { sandbox } = server
  const client = clientFor(server, server.keys.full, t.testdir({}))
  const run = (operation: string, request: object) => client.run(operation, request, as(ALICE))

  const subject = 'Drafted & <kept>'
  const saved = await messageOf(run('CreateItem', createItem('SaveOnly', subject)), 'CreateItem')
  const id = at(saved, 'Items', 'Message', 'ItemId', 'attributes') as object
  t.strictSame(sandbox.mailbox(ALICE).subjects('drafts').slice(-1), [subject], 'it escapes text')
  await run('CreateAttachment', createAttachment(id, TEN_MEGABYTES))
  const [uploaded] = sandbox.mailbox(ALICE).files('drafts').slice(-1)
  t.ok(uploaded?.equals(TEN_MEGABYTES), 'an upload of 10 MB, byte for byte')
  await run('CreateItem', createItem('SendAndSaveCopy', 'Sent'))
  t.ok(sandbox.mailbox(BOB).subjects().includes('Sent'))

  const before = await run('GetUserOofSettings', getOof)
  t.equal(at(before, 'OofSettings', 'OofState'), 'Disabled')
  await run('SetUserOofSettings', setOof('Enabled'))
  t.equal(sandbox.mailbox(ALICE).oofState(), 'Enabled', 'out of office')
  everyoneWasImpersonated(t, server, ['alice'], 'node-ews under migration-full')
})

t.test('P10 node-ews gets an error for a wrong password, with and without its WSDL', async t => {
  const server = await startFurnished(t)
  const temp = t.testdir({ none: {}, wsdl: {} })
  const before = tmpdir()
  process.env['TMPDIR'] = temp // node-ews tries there a second time
  t.teardown(() => {
    process.env['TMPDIR'] = before
  })
  const good = clientFor(server, server.keys.full, join(temp, 'wsdl'))
  await good.run('FindItem', findItem, as(ALICE))
  server.sandbox.forget()

  const arrived = arrivals(t, server.gateway.dataPort)
  const wrong = { ...server.keys.full, secret: 'wrong' }
  for (const folder of ['wsdl', 'none']) {
    const client = clientFor(server, wrong, join(temp, folder))
    await t.rejects(client.run('FindItem', findItem, as(ALICE)), /401|Unauthorized|status code/i)
  }
  t.ok(arrived.length <= 6, 'no endless retry')
  t.strictSame(server.sandbox.seen, [], 'a wrong password never reaches the server')
})
