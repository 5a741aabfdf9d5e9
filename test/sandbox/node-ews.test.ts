/**
 * node-ews, which makes its calls from the server's own WSDL, against the sandbox.
 */

import { createRequire } from 'node:module'
import t from 'tap'
import { PASSWORD, startSandbox, USERNAME } from './client.ts'

type Answer = Readonly<Record<string, unknown>>

/** As far as it is used here; the package has no types. */
interface NodeEws {
  run(operation: string, args: object, header?: object): Promise<Answer>
}

const NodeEws = createRequire(import.meta.url)('node-ews') as new (config: object) => NodeEws

const sandbox = await startSandbox()
t.teardown(() => sandbox.close())

const client = (temp: string, password = PASSWORD) =>
  new NodeEws({
    host: new URL(sandbox.url).origin,
    username: USERNAME,
    password,
    auth: 'basic',
    temp,
  })

const impersonating = (kind: string, value: string) => ({
  't:RequestServerVersion': { attributes: { Version: 'Exchange2013' } },
  't:ExchangeImpersonation': { 't:ConnectingSID': { [`t:${kind}`]: value } },
})
const ALICE = impersonating('PrimarySmtpAddress', 'alice@example.com')
const inbox = { DistinguishedFolderId: { attributes: { Id: 'inbox' } } }

/** A value deep in an answer. */
const at = (answer: Answer, ...path: readonly string[]): unknown =>
  path.reduce<unknown>(
    (value, key) => (value as Record<string, unknown> | undefined)?.[key],
    answer,
  )

t.test('Sandbox serves node-ews', async t => {
  const ews = client(t.testdir())
  const folder = await ews.run(
    'GetFolder',
    { FolderShape: { BaseShape: 'Default' }, FolderIds: inbox },
    ALICE,
  )
  const message = ['ResponseMessages', 'GetFolderResponseMessage', 'Folders', 'Folder']
  t.equal(at(folder, ...message, 'DisplayName'), 'Inbox')

  const found = await ews.run(
    'FindItem',
    {
      attributes: { Traversal: 'Shallow' },
      ItemShape: { BaseShape: 'IdOnly' },
      ParentFolderIds: inbox,
    },
    ALICE,
  )
  const items = at(
    found,
    'ResponseMessages',
    'FindItemResponseMessage',
    'RootFolder',
    'Items',
    'Message',
  )
  t.equal((items as unknown[]).length, 5)

  const created = await ews.run(
    'CreateItem',
    {
      attributes: { MessageDisposition: 'SaveOnly' },
      Items: {
        Message: {
          Subject: 'From node-ews <&>',
          ToRecipients: { Mailbox: { EmailAddress: 'bob@example.com' } },
        },
      },
    },
    ALICE,
  )
  const id = at(
    created,
    'ResponseMessages',
    'CreateItemResponseMessage',
    'Items',
    'Message',
    'ItemId',
  )
  t.ok(sandbox.mailbox('alice@example.com').subjects('drafts').includes('From node-ews <&>'))

  const got = await ews.run(
    'GetItem',
    { ItemShape: { BaseShape: 'AllProperties' }, ItemIds: { ItemId: id } },
    ALICE,
  )
  t.equal(
    at(got, 'ResponseMessages', 'GetItemResponseMessage', 'Items', 'Message', 'Subject'),
    'From node-ews <&>',
  )

  await ews.run(
    'DeleteItem',
    { attributes: { DeleteType: 'HardDelete' }, ItemIds: { ItemId: id } },
    ALICE,
  )
  t.notOk(sandbox.mailbox('alice@example.com').subjects('drafts').includes('From node-ews <&>'))

  const names = await ews.run(
    'ResolveNames',
    { attributes: { ReturnFullContactData: 'true' }, UnresolvedEntry: 'carol' },
    ALICE,
  )
  t.equal(
    at(
      names,
      'ResponseMessages',
      'ResolveNamesResponseMessage',
      'ResolutionSet',
      'Resolution',
      'Mailbox',
      'EmailAddress',
    ),
    'carol@example.com',
  )

  const oof = await ews.run(
    'GetUserOofSettings',
    { Mailbox: { Address: 'alice@example.com' } },
    ALICE,
  )
  t.equal(at(oof, 'OofSettings', 'OofState'), 'Disabled')
  t.ok(sandbox.executed.every(({ as }) => as === 'alice@example.com'))
})

t.test('Sandbox serves node-ews: every kind of ConnectingSID', async t => {
  const temp = t.testdir()
  for (const [kind, value] of [
    ['SmtpAddress', 'boss@example.com'],
    ['PrincipalName', 'ceo@corp.example.com'],
    ['SID', 'S-1-5-21-1-2-3-1104'],
  ] as const) {
    await client(temp).run(
      'GetFolder',
      { FolderShape: { BaseShape: 'Default' }, FolderIds: inbox },
      impersonating(kind, value),
    )
    t.equal(sandbox.executed.at(-1)?.as, 'ceo@example.com', kind)
  }
})

t.test('Sandbox rejects node-ews with a wrong password', async t => {
  await t.rejects(client(t.testdir(), 'wrong').run('GetRoomLists', {}, ALICE))
})
