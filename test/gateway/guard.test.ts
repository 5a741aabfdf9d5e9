/**
 * Tests the guard of a role at the running gateway: mailboxes by address and by ID. The upstream's IDs have
 * the format of Exchange.
 */

import { createServer } from 'node:net'
import t from 'tap'
import { DEFAULT_GUARD } from '../../src/model/role.ts'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  type GatewayTestServer,
  type RoleSeed,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'

const role = (name: string, guard: RoleSeed['guard'] = {}): RoleSeed => ({
  name,
  type: 'FULL_ACCESS',
  allow: 'all',
  deny: ['ceo@example.com'],
  guard,
})
const OWN = role('own')
const PERMITTED = role('permitted', { mailboxes: 'permitted' })
const ANY = role('any', { mailboxes: 'any' })

const inboxOf = (address: string) =>
  GET_FOLDER.replace(
    'Id="inbox"/>',
    `Id="inbox"><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`,
  )
const folderById = (id: string) =>
  `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:FolderId Id="${id}"/></m:FolderIds></m:GetFolder>`

async function ask(
  server: GatewayTestServer,
  whom: string,
  operation: string,
  { name }: RoleSeed = OWN,
) {
  const auth = server.client(name).key
  const { text, headers } = await server.post(envelope(`${whom}@example.com`, operation), { auth })
  const record = server.audit().find(({ decisionId }) => decisionId === headers['x-decision-id'])
  const id = /FolderId Id="([^"]*)"/.exec(text)?.[1] ?? ''
  return { id, code: codeOf(text), reason: record?.reason, verdict: record?.verdict }
}

const foreign = { code: 'ErrorAccessDenied', reason: 'foreign-mailbox', verdict: 'deny' }
const allowed = { code: 'NoError', reason: undefined, verdict: 'allow' }

t.test('the guard by ID', async t => {
  const server = await startGatewayTestServer(t, {
    roles: [OWN, PERMITTED, ANY],
    opaqueIds: 'refuse',
  })
  const seen = () => server.sandbox.seen.map(({ operation }) => operation)
  const alice = await ask(server, 'alice', GET_FOLDER)
  const bob = await ask(server, 'bob', GET_FOLDER)
  t.notSame(alice.id, bob.id)
  t.equal(seen().length, 2, 'without an id the server is not asked whose it is')

  for (let i = 0; i < 3; i += 1) t.match(await ask(server, 'alice', folderById(alice.id)), allowed)
  t.equal(seen().length, 2 + 1 + 3, 'it is asked once')
  server.sandbox.forget()
  t.match(await ask(server, 'alice', folderById(bob.id)), foreign)
  t.match(await ask(server, 'alice', folderById(bob.id), PERMITTED), foreign, 'he is not known yet')
  t.strictSame(seen(), [], 'P1 nothing of it goes upstream')

  t.match(await ask(server, 'alice', inboxOf('bob@example.com')), foreign)
  t.match(await ask(server, 'alice', inboxOf('boss@example.com'), PERMITTED), foreign)
  t.match(await ask(server, 'alice', inboxOf('bob@example.com'), PERMITTED), { verdict: 'allow' })
  t.match(await ask(server, 'alice', folderById(bob.id), PERMITTED), { verdict: 'allow' })
  t.match(await ask(server, 'alice', folderById(bob.id)), foreign, 'own stays own')
  t.match(await ask(server, 'alice', folderById(bob.id), ANY), { verdict: 'allow' })
  t.match(await ask(server, 'alice', folderById('T3BhcXVl')), foreign)
  t.match(
    await ask(
      server,
      'alice',
      '<m:SyncFolderItems><m:SyncState>eA==</m:SyncState></m:SyncFolderItems>',
    ),
    foreign,
  )

  await server.changeRole(OWN.name, { guard: { ...DEFAULT_GUARD, mailboxes: 'any' } })
  t.match(await ask(server, 'alice', folderById(bob.id)), { verdict: 'allow' }, 'a new guard holds')
})

t.test('no response to a client reveals the owner of an ID', async t => {
  const server = await startGatewayTestServer(t, { roles: [OWN, ANY], opaqueIds: 'refuse' })
  const { id } = await ask(server, 'ceo', GET_FOLDER, ANY)
  t.equal(id, '', 'nobody gets there')
  const carol = await ask(server, 'carol', GET_FOLDER)
  await ask(server, 'alice', inboxOf('carol@example.com'), ANY)
  await ask(server, 'alice', folderById(carol.id), ANY)
  t.match(await ask(server, 'alice', folderById(carol.id)), foreign)
})

t.test('P6 if the server cannot report the owners of IDs, requests are denied', async t => {
  const refusing = createServer(socket => socket.destroy())
  await new Promise<void>(resolve => refusing.listen(0, '127.0.0.1', resolve))
  t.teardown(() => refusing.close())
  const { port } = refusing.address() as { port: number }
  const upstreamUrl = `http://127.0.0.1:${port}/EWS/Exchange.asmx`
  const server = await startGatewayTestServer(t, { roles: [OWN], opaqueIds: 'refuse', upstreamUrl })
  const other = await startGatewayTestServer(t, { roles: [OWN] })
  const { id } = await ask(other, 'alice', GET_FOLDER)
  t.match(await ask(server, 'alice', folderById(id)), {
    code: 'ErrorServerBusy',
    reason: 'upstream-unreachable',
  })
})

t.test('R13 a large message is not sent as another user, with a late sender too', async t => {
  const server = await startGatewayTestServer(t, { roles: [OWN], lenient: true })
  const mime = Buffer.from(
    `From: alice@example.com\r\nTo: bob@example.com\r\n\r\n${'x'.repeat(400_000)}`,
  )
  const send = (late: string) =>
    '<m:CreateItem MessageDisposition="SendOnly"><m:Items><t:Message>' +
    `<t:MimeContent>${mime.toString('base64')}</t:MimeContent>${late}</t:Message></m:Items></m:CreateItem>`
  const sender =
    '<t:From><t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox></t:From>'
  t.match(await ask(server, 'alice', send(sender)), { code: 'ErrorAccessDenied' })
  t.strictSame(server.sandbox.executed, [])
  t.match(
    server.audit().filter(({ type }) => type === 'decision'),
    [{ verdict: 'pending' }, { verdict: 'deny', reason: 'sender-refused' }],
  )
  t.match(await ask(server, 'alice', send('')), { code: 'NoError' })
})

const from = (address: string, element = 'From') =>
  `<t:${element}><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:${element}>`
const TO =
  '<t:ToRecipients><t:Mailbox><t:EmailAddress>carol@example.com</t:EmailAddress></t:Mailbox></t:ToRecipients>'
const save = (content: string, kind = 'Message') =>
  `<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"><m:Items><t:${kind}>${content}</t:${kind}></m:Items></m:CreateItem>`

type Saved = Readonly<{ id: string; key: string }>

/** Saves an item as Alice, and returns its ID and ChangeKey. */
async function saveItem(server: GatewayTestServer, operation: string): Promise<Saved> {
  const auth = server.client(OWN.name).key
  const { text } = await server.post(envelope('alice@example.com', operation), { auth })
  const [, id = '', key = ''] = /<t:ItemId Id="([^"]*)" ChangeKey="([^"]*)"/.exec(text) ?? []
  if (id === '') throw new Error(`Nothing was saved: ${text}`)
  return { id, key }
}

const sendItem = (...items: readonly Partial<Saved>[]) =>
  `<m:SendItem SaveItemToFolder="false"><m:ItemIds>${items
    .map(({ id, key }) => `<t:ItemId Id="${id}"${key === undefined ? '' : ` ChangeKey="${key}"`}/>`)
    .join('')}</m:ItemIds></m:SendItem>`
const sendUpdated = ({ id, key }: Saved) =>
  `<m:UpdateItem MessageDisposition="SendOnly" ConflictResolution="AutoResolve"><m:ItemChanges><t:ItemChange><t:ItemId Id="${id}" ChangeKey="${key}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Subject"/><t:Message><t:Subject>x</t:Subject></t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`
const cancel = ({ id, key }: Saved) =>
  `<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:CancelCalendarItem><t:ReferenceItemId Id="${id}" ChangeKey="${key}"/></t:CancelCalendarItem></m:Items></m:CreateItem>`
const remove = ({ id }: Partial<Saved>) =>
  `<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToAllAndSaveCopy"><m:ItemIds><t:ItemId Id="${id}"/></m:ItemIds></m:DeleteItem>`
const event = (organizer: string) =>
  save(
    `<t:Subject>x</t:Subject><t:Start>2026-12-01T10:00:00Z</t:Start><t:End>2026-12-01T11:00:00Z</t:End>${from(organizer, 'Organizer')}`,
    'CalendarItem',
  )

const foreignSender = { code: 'ErrorAccessDenied', reason: 'sender-refused', verdict: 'deny' }

t.test('R13 a stored item is sent only as the user', async t => {
  const server = await startGatewayTestServer(t, { roles: [OWN], lenient: true })
  const own = () => saveItem(server, save(TO))
  const mine = () =>
    saveItem(server, save(TO + from('Alice@Example.com') + from('alice@example.com', 'Sender')))
  const bobs = () => saveItem(server, save(TO + from('bob@example.com')))
  const aside = (name: string, value: string) =>
    saveItem(
      server,
      save(
        `<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="${name}" PropertyType="String"/><t:Value>${value}</t:Value></t:ExtendedProperty>${TO}`,
      ),
    )
  const stale = { ...(await own()), key: 'CQAAAA==' }
  const gone = await own()
  await ask(server, 'alice', remove(gone))

  for (const [name, operation, expected] of [
    ['a draft without a sender', sendItem(await own()), allowed],
    ['a draft of the user', sendItem(await mine()), allowed],
    ['two drafts of the user', sendItem(await own(), await mine()), allowed],
    ['a draft of another user', sendItem(await bobs()), foreignSender],
    ['the second of two', sendItem(await own(), await bobs()), foreignSender],
    [
      'a draft for another Sender',
      sendItem(await saveItem(server, save(TO + from('bob@example.com', 'Sender')))),
      foreignSender,
    ],
    [
      'a draft by its SMTP address',
      sendItem(await aside('0x5D02', 'bob@example.com')),
      foreignSender,
    ],
    [
      'a draft by its own SMTP address',
      sendItem(await aside('0x5D02', 'alice@example.com')),
      allowed,
    ],
    [
      'a draft of a stranger',
      sendItem(await saveItem(server, save(TO + from('x@example.org')))),
      foreignSender,
    ],
    [
      'a draft of the service account',
      sendItem(await saveItem(server, save(TO + from('svc-gateway@example.com')))),
      foreignSender,
    ],
    ['a draft without a ChangeKey', sendItem({ id: (await own()).id }), foreignSender],
    ['a draft with another ChangeKey', sendItem(stale), foreignSender],
    ['a draft that is gone', sendItem(gone), foreignSender],
    ['an ID of no item', sendItem({ id: 'AAAA', key: 'x' }), foreignSender],
    ['an ID that needs escapes', sendItem({ id: '&quot;/&gt;', key: 'x' }), foreignSender],
    ['an updated draft of the user', sendUpdated(await mine()), allowed],
    ['an updated draft of another user', sendUpdated(await bobs()), foreignSender],
    [
      'a cancelled meeting of the user',
      cancel(await saveItem(server, event('alice@example.com'))),
      allowed,
    ],
    [
      'a cancelled meeting of another user',
      cancel(await saveItem(server, event('bob@example.com'))),
      foreignSender,
    ],
    ['a deleted message of another user', remove(await bobs()), allowed],
    [
      'a deleted meeting of the user',
      remove(await saveItem(server, event('alice@example.com'))),
      allowed,
    ],
    [
      'a deleted meeting of another user',
      remove(await saveItem(server, event('bob@example.com'))),
      foreignSender,
    ],
    ['a deleted item that is gone', remove(gone), { verdict: 'allow' }],
  ] as const) {
    const seen = server.sandbox.seen.length
    const executed = server.sandbox.executed.length
    t.match(await ask(server, 'alice', operation), expected, name)
    const denied = expected === foreignSender
    const after = server.sandbox.seen.slice(seen).map(it => it.operation)
    t.equal(after.length, denied ? 1 : 2, `${name}: the upstream is asked once`)
    t.equal(after[0], 'GetItem')
    t.equal(server.sandbox.executed.length - executed, after.length, `${name}: nothing else runs`)
  }
})

/** Returns the requests to the upstream, without those that ask for the owner of a mailbox. */
const seenBy = ({ sandbox }: GatewayTestServer): readonly string[] =>
  sandbox.seen.map(({ operation = '' }) => operation).filter(name => name !== 'GetFolder')

t.test('R13 many stored items are looked up at once, up to a limit', async t => {
  const server = await startGatewayTestServer(t, { roles: [OWN] })
  const items = await Promise.all(Array.from({ length: 30 }, () => saveItem(server, save(TO))))
  server.sandbox.forget()
  t.match(await ask(server, 'alice', sendItem(...items)), allowed)
  t.strictSame(seenBy(server), ['GetItem', 'SendItem'])
  server.sandbox.forget()
  const [one = { id: '', key: '' }] = items
  t.match(await ask(server, 'alice', sendItem(...Array(501).fill(one))), foreignSender)
  t.strictSame(seenBy(server), [])
})

t.test('R13 a request that is denied anyway, or sends nothing, looks up nothing', async t => {
  const quiet = role('quiet', { sending: false })
  const server = await startGatewayTestServer(t, { roles: [OWN, quiet] })
  const saved = await saveItem(server, save(TO + from('bob@example.com')))
  server.sandbox.forget()
  t.match(await ask(server, 'alice', sendItem(saved), quiet), { reason: 'operation-refused' })
  t.match(await ask(server, 'ceo', sendItem(saved)), { reason: 'rule-denies' })
  t.strictSame(seenBy(server), [])
  await ask(server, 'alice', save(TO))
  t.strictSame(seenBy(server), ['CreateItem'])
})

t.test('R13 a role that can send as permitted users', async t => {
  const wide = role('senders', { senders: 'permitted' })
  const server = await startGatewayTestServer(t, { roles: [OWN, wide], gromox: true })
  const sendNew = (address: string) => save(TO + from(address)).replace('SaveOnly', 'SendOnly')
  for (const [address, reason] of [
    ['bob@example.com', undefined],
    ['ceo@example.com', 'sender-refused'],
    ['nobody@example.com', 'sender-refused'],
  ] as const) {
    const saved = await saveItem(server, save(TO + from(address)))
    server.sandbox.forget()
    t.equal((await ask(server, 'alice', sendItem(saved), wide)).reason, reason, address)
    t.equal((await ask(server, 'alice', sendNew(address), wide)).reason, reason, address)
    t.strictSame(
      server.sandbox.sent.map(({ from: { address: sender } }) => sender),
      reason === undefined ? [address, address] : [],
    )
  }
})

t.test('R13 the gateway does not ask an upstream that enforces Send-As', async t => {
  const server = await startGatewayTestServer(t, { roles: [OWN], enforcesSendAs: true })
  const saved = await saveItem(server, save(TO + from('ceo@example.com')))
  server.sandbox.forget()
  t.match(await ask(server, 'alice', sendItem(saved)), {
    code: 'ErrorSendAsDenied',
    verdict: 'allow',
  })
  t.strictSame(seenBy(server), ['SendItem'])
})

t.test('R13 a large update is not sent as another user if its item names one', async t => {
  const server = await startGatewayTestServer(t, { roles: [OWN], lenient: true })
  const large = (saved: Saved) =>
    sendUpdated(saved).replace('<t:Subject>x', `<t:Subject>${'x'.repeat(400_000)}`)
  const bobs = await saveItem(server, save(TO + from('bob@example.com')))
  const mine = await saveItem(server, save(TO))
  t.match(await ask(server, 'alice', large(bobs)), { code: 'ErrorAccessDenied' })
  t.notOk(server.sandbox.executed.some(({ operation }) => operation === 'UpdateItem'))
  t.match(await ask(server, 'alice', large(mine)), { code: 'NoError' })
})
