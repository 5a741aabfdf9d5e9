/**
 * Denials as users of three libraries and of curl see them, compared with the table in docs/clients.md.
 */

import { execFile, spawnSync } from 'node:child_process'
import { promisify } from 'node:util'
import {
  ConflictResolutionMode,
  DeleteMode,
  EmailMessage,
  type ExchangeService,
  ItemView,
  MessageBody,
  WellKnownFolderName,
} from 'ews-javascript-api'
import t, { type Test } from 'tap'
import { type GatewayTestServer, ORGANIZATION } from '../kit/gateway-test-server.ts'
import { as as asUser, envelope } from '../sandbox/client.ts'
import { nothingWasWritten, reasonsIn, startFurnished } from './client-test-server.ts'
import { serviceFor } from './ews.ts'
import { as, clientFor } from './node-ews.ts'
import { runPython, withoutExchangelib } from './python.ts'
import { comparePage, described, type Seen } from './seen.ts'

const ALICE = 'alice@example.com'
const CEO = 'ceo@example.com'

const lock = (server: GatewayTestServer) =>
  server.store.lockRole(ORGANIZATION, server.client('backup-readonly').role.id, {})

/** Attempts to do what is denied, each with the text that its user sees. */
type Attempts = Readonly<Record<keyof Seen, () => Promise<string>>>

/** Makes the attempts, the reading one after the role was locked. */
async function compare(t: Test, client: string, server: GatewayTestServer, attempts: Attempts) {
  const { read, ...others } = attempts
  const seen: Record<string, string> = {}
  for (const [name, attempt] of Object.entries(others)) seen[name] = described(await attempt())
  await lock(server)
  comparePage(t, client, { ...seen, read: described(await read()) } as Seen)
  checkTestServer(t, server)
}

function checkTestServer(t: Test, server: GatewayTestServer) {
  t.strictSame(reasonsIn(server), ['no-rule-allows', 'role-is-read-only', 'role-locked'])
  nothingWasWritten(t, server, 'a client that is denied')
}

/** Returns the words of the error in which a call ends. */
async function wordsOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'done'
  } catch (error) {
    return (error as Error).message
  }
}

t.test('exchangelib raises errors with the reason', { skip: withoutExchangelib }, async t => {
  const server = await startFurnished(t)
  const outcomes = await runPython(server, {
    script: 'denials',
    key: server.keys.readOnly,
    onPause: { lock: async () => void (await lock(server)) },
  })
  const texts = Object.entries(outcomes).map(([name, text]) => [name, described(String(text))])
  comparePage(t, 'exchangelib 5.5', Object.fromEntries(texts) as Seen)
  checkTestServer(t, server)
})

t.test('ews-javascript-api rejects with errors that have the reason', async t => {
  const server = await startFurnished(t)
  const { Inbox, Drafts } = WellKnownFolderName
  const service = serviceFor(server, server.keys.readOnly)
  const found = await service.FindItems(Inbox, new ItemView(1))
  const { Id } = found.Items[0] as EmailMessage
  const item = await EmailMessage.Bind(service, Id)
  const draft = (of: ExchangeService) => {
    const message = new EmailMessage(of)
    message.Subject = 'x'
    message.Body = new MessageBody('y')
    message.ToRecipients.Add('bob@example.com')
    return message
  }
  const inboxOf = (of: ExchangeService) => wordsOf(of.FindItems(Inbox, new ItemView(1)))
  await compare(t, 'ews-javascript-api 0.15', server, {
    connect: () => inboxOf(serviceFor(server, server.keys.readOnly, CEO)),
    read: () => inboxOf(service),
    save: () => wordsOf(draft(service).Save(Drafts)),
    mark: () => {
      item.IsRead = !item.IsRead
      return wordsOf(item.Update(ConflictResolutionMode.AlwaysOverwrite))
    },
    send: () => wordsOf(draft(service).Send()),
    remove: () => wordsOf(item.Delete(DeleteMode.HardDelete)),
  })
})

const folder = (id: string) => ({ 't:DistinguishedFolderId': { attributes: { Id: id } } })

t.test('node-ews rejects with errors that have the reason', async t => {
  const server = await startFurnished(t)
  const client = clientFor(server, server.keys.readOnly, t.testdir({}))
  const call = (operation: string, request: object, who = ALICE) =>
    wordsOf(client.run(operation, request, as(who)))
  const inbox = { FolderShape: { 't:BaseShape': 'IdOnly' }, FolderIds: folder('inbox') }
  const create = (disposition: string) => ({
    attributes: { MessageDisposition: disposition },
    Items: { 't:Message': { 't:Subject': 'x' } },
  })
  const ItemId = { attributes: { Id: 'a', ChangeKey: 'b' } }
  const change = { 't:ItemId': ItemId, 't:Updates': {} }
  await compare(t, 'node-ews 3.5', server, {
    connect: () => call('GetFolder', inbox, CEO),
    read: () => call('GetFolder', inbox),
    save: () => call('CreateItem', create('SaveOnly')),
    mark: () =>
      call('UpdateItem', {
        attributes: { ConflictResolution: 'AlwaysOverwrite' },
        ItemChanges: { 't:ItemChange': change },
      }),
    send: () => call('CreateItem', create('SendOnly')),
    remove: () =>
      call('DeleteItem', {
        attributes: { DeleteType: 'HardDelete' },
        ItemIds: { 't:ItemId': ItemId },
      }),
  })
})

const withoutCurl = spawnSync('curl', ['--version']).status === 0 ? false : 'curl is not installed'
const run = promisify(execFile)

t.test('curl prints the fault', { skip: withoutCurl }, async t => {
  const server = await startFurnished(t)
  const { id, secret } = server.keys.readOnly
  const post = async (operation: string, who = ALICE) => {
    const type = 'Content-Type: text/xml; charset=utf-8'
    const body = envelope(operation, asUser(who))
    const options = ['--silent', '--user', `${id}:${secret}`, '--header', type, '--data', body]
    return (await run('curl', [...options, server.url])).stdout
  }
  const inbox =
    '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>' +
    '<m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'
  const create = (disposition: string) =>
    `<m:CreateItem MessageDisposition="${disposition}"><m:Items><t:Message/></m:Items></m:CreateItem>`
  await compare(t, 'curl', server, {
    connect: () => post(inbox, CEO),
    read: () => post(inbox),
    save: () => post(create('SaveOnly')),
    mark: () =>
      post(
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>' +
          '<t:ItemId Id="a"/><t:Updates/></t:ItemChange></m:ItemChanges></m:UpdateItem>',
      ),
    send: () => post(create('SendOnly')),
    remove: () =>
      post(
        '<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="a"/></m:ItemIds></m:DeleteItem>',
      ),
  })
})
