/**
 * R42: a draft that is attached to a role makes the gateway ask the upstream nothing, whatever the draft needs to know.
 */

import t from 'tap'
import type { RoleShadow } from '../../src/model/role.ts'
import { DEFAULT_GUARD } from '../../src/model/role.ts'
import { envelope } from '../kit/corpus.ts'
import { ORGANIZATION, type RoleSeed, startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { findItem, folderOf, getItem } from './profile-canaries.ts'

const ANY: RoleSeed = {
  name: 'any',
  type: 'READ_ONLY',
  allow: ['alice@example.com', 'bob@example.com'],
  guard: { mailboxes: 'any' },
}
const OWN: RoleSeed = { ...ANY, name: 'own', guard: {} }
const everyone = { id: 'everyone', effect: 'ALLOW' } as const
const WIDE: Omit<RoleShadow, 'version'> = {
  type: 'FULL_ACCESS',
  rules: [everyone],
  guard: { ...DEFAULT_GUARD, mailboxes: 'permitted' },
  profile: { name: 'mail-read' },
  base: '',
  attachedAt: 0,
  attachedBy: { id: 'p', name: 'Ann' },
}

const inbox = findItem('<t:DistinguishedFolderId Id="inbox"/>')
const inboxOf = (address: string) =>
  findItem(
    `<t:DistinguishedFolderId Id="inbox"><t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`,
  )
const idIn = (text: string, name: string) =>
  new RegExp(`<t:${name} Id="([^"]*)"`).exec(text)?.[1] ?? ''

t.test('R42 nobody is asked for a draft, neither for a denied request nor for others', async t => {
  const server = await startGatewayTestServer(t, { roles: [ANY, OWN] })
  const post = (role: string, name: string, operation: string) =>
    server.post(envelope(`${name}@example.com`, operation), { auth: server.client(role).key })
  const found = await post('any', 'alice', inbox)
  const [item, folder] = [idIn(found.text, 'ItemId'), idIn(found.text, 'ParentFolderId')]
  t.not(item, '')
  const get = getItem(`<t:ItemId Id="${item}"/>`)
  const list = findItem(folderOf({ folderId: folder || item } as never))
  const trials = [
    ['any', 'alice', get],
    ['any', 'alice', list],
    ['any', 'alice', inboxOf('bob@example.com')],
    ['any', 'alice', inboxOf('ceo@example.com')],
    ['any', 'ceo', get],
    ['own', 'ceo', get],
    ['own', 'ceo', list],
    ['own', 'ceo', inboxOf('bob@example.com')],
    ['own', 'alice', inboxOf('ceo@example.com')],
  ] as const
  const seenOf = async ([role, name, operation]: (typeof trials)[number]) => {
    server.sandbox.forget()
    const { status } = await post(role, name, operation)
    await new Promise(resolve => setImmediate(resolve))
    return [status, server.sandbox.seen.map(seen => [seen.operation, seen.impersonated])]
  }
  for (const trial of trials) await seenOf(trial)
  const alone: unknown[] = []
  for (const trial of trials) alone.push(await seenOf(trial))
  for (const role of ['any', 'own'])
    await server.store.putShadow(ORGANIZATION, server.client(role).role.id, WIDE)
  const beside: unknown[] = []
  for (const trial of trials) beside.push(await seenOf(trial))
  t.strictSame(beside, alone)
  const drafts = server.audit().filter(({ type, shadow }) => type === 'decision' && shadow)
  t.ok(drafts.length >= trials.length - 1, 'the draft was compared')
  t.ok(
    drafts.some(({ shadow }) => (shadow as { cause?: string }).cause === 'data-missing'),
    'and lacked something',
  )
})
