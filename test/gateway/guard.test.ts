/**
 * The guard of a role at the running gateway: mailboxes by address and by id, before a server whose
 * ids are of Exchange's form.
 */

import { createServer } from 'node:net'
import t from 'tap'
import { DEFAULT_GUARD } from '../../src/model/role.ts'
import { codeOf, envelope, GET_FOLDER } from './corpus.ts'
import { type House, type RoleSeed, startHouse } from './harness.ts'

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

async function ask(house: House, whom: string, operation: string, { name }: RoleSeed = OWN) {
  const auth = house.client(name).key
  const { text, headers } = await house.post(envelope(`${whom}@example.com`, operation), { auth })
  const record = house.audit().find(({ decisionId }) => decisionId === headers['x-decision-id'])
  const id = /FolderId Id="([^"]*)"/.exec(text)?.[1] ?? ''
  return { id, code: codeOf(text), reason: record?.reason, verdict: record?.verdict }
}

const foreign = { code: 'ErrorAccessDenied', reason: 'foreign-mailbox', verdict: 'deny' }
const allowed = { code: 'NoError', reason: undefined, verdict: 'allow' }

t.test('the guard by id', async t => {
  const house = await startHouse(t, { roles: [OWN, PERMITTED, ANY], opaqueIds: 'refuse' })
  const seen = () => house.sandbox.seen.map(({ operation }) => operation)
  const alice = await ask(house, 'alice', GET_FOLDER)
  const bob = await ask(house, 'bob', GET_FOLDER)
  t.notSame(alice.id, bob.id)
  t.equal(seen().length, 2, 'without an id the server is not asked whose it is')

  for (let i = 0; i < 3; i += 1) t.match(await ask(house, 'alice', folderById(alice.id)), allowed)
  t.equal(seen().length, 2 + 1 + 3, 'it is asked once')
  house.sandbox.forget()
  t.match(await ask(house, 'alice', folderById(bob.id)), foreign)
  t.match(await ask(house, 'alice', folderById(bob.id), PERMITTED), foreign, 'he is not known yet')
  t.strictSame(seen(), [], 'P1 nothing of it goes upstream')

  t.match(await ask(house, 'alice', inboxOf('bob@example.com')), foreign)
  t.match(await ask(house, 'alice', inboxOf('boss@example.com'), PERMITTED), foreign)
  t.match(await ask(house, 'alice', inboxOf('bob@example.com'), PERMITTED), { verdict: 'allow' })
  t.match(await ask(house, 'alice', folderById(bob.id), PERMITTED), { verdict: 'allow' })
  t.match(await ask(house, 'alice', folderById(bob.id)), foreign, 'own stays own')
  t.match(await ask(house, 'alice', folderById(bob.id), ANY), { verdict: 'allow' })
  t.match(await ask(house, 'alice', folderById('T3BhcXVl')), foreign)
  t.match(
    await ask(
      house,
      'alice',
      '<m:SyncFolderItems><m:SyncState>eA==</m:SyncState></m:SyncFolderItems>',
    ),
    foreign,
  )

  await house.changeRole(OWN.name, { guard: { ...DEFAULT_GUARD, mailboxes: 'any' } })
  t.match(await ask(house, 'alice', folderById(bob.id)), { verdict: 'allow' }, 'a new guard holds')
})

t.test('no answer to a client teaches whose an id is', async t => {
  const house = await startHouse(t, { roles: [OWN, ANY], opaqueIds: 'refuse' })
  const { id } = await ask(house, 'ceo', GET_FOLDER, ANY)
  t.equal(id, '', 'nobody gets there')
  const carol = await ask(house, 'carol', GET_FOLDER)
  await ask(house, 'alice', inboxOf('carol@example.com'), ANY)
  await ask(house, 'alice', folderById(carol.id), ANY)
  t.match(await ask(house, 'alice', folderById(carol.id)), foreign)
})

t.test('P6 where the server cannot say whose ids are whose, nobody passes', async t => {
  const refusing = createServer(socket => socket.destroy())
  await new Promise<void>(resolve => refusing.listen(0, '127.0.0.1', resolve))
  t.teardown(() => refusing.close())
  const { port } = refusing.address() as { port: number }
  const upstreamUrl = `http://127.0.0.1:${port}/EWS/Exchange.asmx`
  const house = await startHouse(t, { roles: [OWN], opaqueIds: 'refuse', upstreamUrl })
  const other = await startHouse(t, { roles: [OWN] })
  const { id } = await ask(other, 'alice', GET_FOLDER)
  t.match(await ask(house, 'alice', folderById(id)), {
    code: 'ErrorServerBusy',
    reason: 'upstream-unreachable',
  })
})

t.test('R13 a large mail is not sent as somebody else, however late that is said', async t => {
  const house = await startHouse(t, { roles: [OWN], lenient: true })
  const mime = Buffer.from(
    `From: alice@example.com\r\nTo: bob@example.com\r\n\r\n${'x'.repeat(400_000)}`,
  )
  const send = (late: string) =>
    '<m:CreateItem MessageDisposition="SendOnly"><m:Items><t:Message>' +
    `<t:MimeContent>${mime.toString('base64')}</t:MimeContent>${late}</t:Message></m:Items></m:CreateItem>`
  const sender =
    '<t:From><t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox></t:From>'
  t.match(await ask(house, 'alice', send(sender)), { code: 'ErrorAccessDenied' })
  t.strictSame(house.sandbox.executed, [])
  t.match(
    house.audit().filter(({ type }) => type === 'decision'),
    [{ verdict: 'pending' }, { verdict: 'deny', reason: 'sender-refused' }],
  )
  t.match(await ask(house, 'alice', send('')), { code: 'NoError' })
})
