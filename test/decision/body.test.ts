/**
 * R34: how much a body can make the gateway load, batch by batch; and that what is not looked up does
 * not change the verdict.
 */

import fc from 'fast-check'
import t from 'tap'
import { authorize } from '../../src/decision/authorize.ts'
import { type AuthorizationRequest, isAllowed } from '../../src/decision/decision.ts'
import { loadAndDecide } from '../../src/decision/load.ts'
import { NO_FACTS } from '../../src/ews/reader.ts'
import type { Reason } from '../../src/model/decision.ts'
import type { BodyFacts } from '../../src/model/envelope.ts'
import { byAddress, type User, type UserId } from '../../src/model/identity.ts'
import { NO_PROTECTION } from '../../src/model/protection.ts'
import { type RoleGuard, roleId, SENDERS } from '../../src/model/role.ts'
import { evaluateBody } from '../../src/policy/guard.ts'
import { compileRole } from '../../src/policy/rules.ts'
import { runs } from '../kit/runs.ts'
import { any, BODY_CASES, guids, joined, named, own, permitted, SINGLE } from './body-cases.ts'
import {
  coldData,
  crowdNames,
  EVE,
  findByAddress,
  findById,
  NOT_EVE,
  ownerOf,
  subscriptionOf,
} from './crowd.ts'
import { ANN, AT, BOB, GET_FOLDER, ORGANIZATION } from './data.ts'

type Guard = Partial<RoleGuard>

const withGuard = (guard: Guard) => ({ ...NOT_EVE, guard: { ...NOT_EVE.guard, ...guard } })

/** Decides as Ann on a body; returns what was loaded in each round. */
async function decideOn(
  facts: Partial<BodyFacts>,
  guard: Guard,
  change: Partial<AuthorizationRequest<'EWS'>> = {},
  protection = NO_PROTECTION,
) {
  const { data, asked } = coldData()
  data.put('protection', 'list', protection)
  data.put('role', NOT_EVE.id, withGuard(guard))
  data.put('name', byAddress(ANN.primarySmtpAddress), ANN)
  const request = { ...GET_FOLDER, ...change, body: { ...NO_FACTS, ...facts } }
  const decided = await loadAndDecide(data, () => authorize(request, data))
  const { decision } = decided
  const reason: Reason | undefined = decision.verdict === 'deny' ? decision.reason : undefined
  return { asked, reason, decided }
}

for (const { what, facts, guard, reason, loads } of BODY_CASES)
  t.test(
    `R34 a body that names ${what} is ${reason ?? 'allowed'} after ${loads.length} loads`,
    async t => {
      const result = await decideOn(facts, guard)
      t.equal(result.reason, reason)
      t.strictSame(result.asked, loads)
    },
  )

t.test('R40 an address of another domain is allowed in a lookup if no user has it', async t => {
  for (const [domain, name, allowed, reason] of [
    ['example.net', 'guest', 'permitted', undefined],
    ['example.net', 'guest', 'own', 'foreign-mailbox'],
    ['example.net', 'bob', 'permitted', undefined],
    ['example.net', 'eve', 'permitted', 'foreign-mailbox'],
    ['example.com', 'guest', 'permitted', 'foreign-mailbox'],
    [undefined, 'guest', 'permitted', 'foreign-mailbox'],
  ] as const) {
    const acceptedDomains = domain && { acceptedDomains: [domain] }
    const organization = { ...ORGANIZATION, ...acceptedDomains }
    const result = await decideOn(named([name], allowed), permitted, { organization })
    t.equal(result.reason, reason, `${name}, ${allowed}, if ${domain ?? 'no domain'} is accepted`)
  }
})

t.test(
  'a body that names two targets is denied exactly if it is denied for one of them',
  async t => {
    const found = { allowed: 0, denied: 0 }
    for (const guard of [own, permitted, any]) {
      const reasonOf = async (facts: Partial<BodyFacts>) => (await decideOn(facts, guard)).reason
      const alone = new Map<Partial<BodyFacts>, Reason | undefined>()
      for (const facts of SINGLE) alone.set(facts, await reasonOf(facts))
      for (const [a, reasonA] of alone)
        for (const [b, reasonB] of alone) {
          const reasons = [reasonA, reasonB].filter(reason => reason !== undefined)
          const reason = await reasonOf(joined({ ...NO_FACTS, ...a }, { ...NO_FACTS, ...b }))
          const isRight = reason === undefined ? reasons.length === 0 : reasons.includes(reason)
          found[reason === undefined ? 'allowed' : 'denied'] += 1
          if (!isRight)
            t.strictSame(reason, reasons, `${guard.mailboxes} ${JSON.stringify([a, b])}`)
        }
    }
    t.ok(found.allowed > 500 && found.denied > 500, JSON.stringify(found))
  },
)

t.test('under any, protection makes the mailboxes that a subscription watches count', async t => {
  const protects = { ...NO_PROTECTION, users: [EVE.id] }
  for (const [others, protection, reason] of [
    [999, protects, undefined],
    [1_000, protects, 'foreign-subscription'],
    [1_000, NO_PROTECTION, undefined],
  ] as const) {
    const facts = { subscriptions: [`ann${'+p1'.repeat(others)}`] }
    const result = await decideOn(facts, any, {}, protection)
    t.equal(result.reason, reason, `${others} others`)
  }
})

t.test('R34 a request that acts as the neutral mailbox', async t => {
  const neutral = { requestElement: 'ResolveNames', connectingSid: undefined }
  for (const [facts, reason, loads] of [
    [named(['bob']), 'foreign-mailbox', []],
    [named(['bob'], 'permitted'), undefined, ['name 1']],
    [{ ...guids(['bob']), hasIds: true }, 'foreign-mailbox', []],
    [{ sends: true, senders: ['neutral@example.com'] }, 'sender-refused', []],
    [{ sends: true, unknownSender: true }, 'sender-refused', []],
    [{ sends: true, sentItems: [{ id: 'i' }] }, 'sender-refused', []],
    [{ sends: true, senders: ['bob@example.com'] }, 'sender-refused', []],
  ] as const) {
    const result = await decideOn(facts, { ...any, senders: 'permitted' }, neutral)
    t.equal(result.reason, reason)
    t.strictSame(result.asked, loads)
  }
})

t.test('R1 an ID is converted if its mailbox and its address are allowed', async t => {
  const convertId = { requestElement: 'ConvertId' }
  const neutral = { ...convertId, connectingSid: undefined }
  const of = (name: string, ...owners: readonly string[]) => ({
    ...named([name], 'converted'),
    ...(owners.length > 0 && guids(owners)),
  })
  for (const [change, facts, guard, reason, loads] of [
    [convertId, of('ann'), own, undefined, []],
    [convertId, of('ann', 'ann'), own, undefined, ['owners 1 of 1']],
    [convertId, of('ann', 'bob'), own, 'foreign-mailbox', ['owners 1 of 1']],
    [convertId, of('bob'), own, 'foreign-mailbox', []],
    [convertId, of('bob'), permitted, undefined, ['name 1']],
    [convertId, of('bob', 'bob'), permitted, undefined, ['name 1', 'owners 1 of 2', 'user 1']],
    [
      convertId,
      of('bob', 'eve'),
      permitted,
      'foreign-mailbox',
      ['name 1', 'owners 1 of 2', 'user 1'],
    ],
    [convertId, of('eve'), permitted, 'foreign-mailbox', ['name 1']],
    [convertId, of('eve', 'eve'), any, undefined, []],
    [neutral, of('bob'), own, undefined, ['name 1']],
    [neutral, of('bob', 'bob'), own, undefined, ['name 1', 'owners 1 of 1', 'user 1']],
    [neutral, of('bob', 'eve'), own, 'foreign-mailbox', ['name 1', 'owners 1 of 1', 'user 1']],
    [neutral, of('bob', 'nobody'), own, 'foreign-mailbox', ['name 1', 'owners 1 of 1']],
    [neutral, of('eve'), any, 'foreign-mailbox', ['name 1']],
    [neutral, guids(['bob']), any, undefined, ['owners 1 of 0', 'user 1']],
    [neutral, guids(['nobody']), any, 'foreign-mailbox', ['owners 1 of 0']],
    [neutral, { ...guids(['bob']), hasIds: true }, any, 'foreign-mailbox', []],
  ] as const) {
    const result = await decideOn(facts, guard, change)
    const what = JSON.stringify([change, facts, guard])
    t.equal(result.reason, reason, what)
    t.strictSame(result.asked, loads, what)
  }
})

t.test('R13 a guard leaves senders to an upstream that checks them', async t => {
  const organization = { ...GET_FOLDER.organization, enforcesSendAs: true }
  const facts = { sends: true, senders: ['eve@example.com'], sentItems: [{ id: 'eve' }] }
  for (const [senders, unknownSender, reason, loads] of [
    ['own', false, 'sender-refused', []],
    ['permitted', false, 'sender-refused', ['name 1']],
    ['permitted', true, 'sender-refused', []],
    ['server', false, undefined, []],
    ['server', true, undefined, []],
  ] as const) {
    const result = await decideOn({ ...facts, unknownSender }, { senders }, { organization })
    t.equal(result.reason, reason, senders)
    t.strictSame(result.asked, loads, senders)
  }
})

for (const [what, facts, guard, others] of [
  ['nothing', {}, own, []],
  ['the own address and GUID', { ...named(['ANN']), ...guids(['ann']) }, permitted, []],
  ['others by address', named(['bob', 'ann', 'p1']), permitted, [BOB.id, 'u-p1']],
  ['others by GUID', guids(['ann', 'bob', 'p1']), permitted, [BOB.id, 'u-p1']],
  [
    'others by both',
    { ...named(['p2', 'bob']), ...guids(['bob', 'p1']) },
    permitted,
    ['u-p2', BOB.id, 'u-p1'],
  ],
  ['21 others', named(crowdNames(21)), permitted, crowdNames(21, 'u-p')],
  ['anything under any', { ...named(['bob']), ...guids(['eve']) }, any, undefined],
  ['nothing under any', {}, any, undefined],
] as const)
  t.test(`R15 the decision on a body that names ${what} returns the watched mailboxes`, async t => {
    const { decided } = await decideOn(facts, guard)
    t.ok(isAllowed(decided))
    t.strictSame(isAllowed(decided) && decided.others, others)
  })

t.test('R15 only its owner can name a subscription, in its role, until it expires', async t => {
  for (const [what, change] of [
    ['of another principal', { principalId: 'q' }],
    ['of another role', { roleId: roleId('another') }],
    ['that expires now', { expiresAt: AT }],
  ] as const) {
    const { data } = coldData()
    const request = { ...GET_FOLDER, body: { ...NO_FACTS, subscriptions: ['ann'] } }
    const decide = () => loadAndDecide(data, () => authorize(request, data))
    data.put('subscription', 'ann', subscriptionOf('ann'))
    t.match(await decide(), { decision: { verdict: 'allow' } })
    data.put('subscription', 'ann', { ...subscriptionOf('ann'), ...change } as never)
    t.match(await decide(), { decision: { reason: 'foreign-subscription' } }, what)
  }
})

t.test('R46 a subscription that has expired stays expired when the clock goes back', async t => {
  const { data } = coldData()
  data.put('subscription', 'ann', { ...subscriptionOf('ann'), expiresAt: AT + 1 } as never)
  const body = { ...NO_FACTS, subscriptions: ['ann'] }
  for (const [latest, decision] of [
    [AT, { verdict: 'allow' }],
    [AT + 1, { reason: 'foreign-subscription' }],
  ] as const) {
    const request = { ...GET_FOLDER, latest, body }
    t.match(await loadAndDecide(data, () => authorize(request, data)), { decision })
  }
})

t.test('R15 no user can name a mailbox that the upstream assigns to two users', async t => {
  for (const [facts, reason] of [
    [named(['bob']), 'foreign-mailbox'],
    [guids(['bob']), 'foreign-mailbox'],
    [{ subscriptions: ['ann+bob'] }, 'foreign-subscription'],
    [named(['p1']), undefined],
  ] as const) {
    const { data, asked } = coldData([], { 'shared-mailbox': ({ id }: User) => id === BOB.id })
    data.put('role', NOT_EVE.id, withGuard(permitted))
    const request = { ...GET_FOLDER, body: { ...NO_FACTS, ...facts } }
    const { decision } = await loadAndDecide(data, () => authorize(request, data))
    t.equal(decision.verdict === 'deny' ? decision.reason : undefined, reason)
    t.strictSame(asked.slice(0, 2), ['name 1', 'shared-mailbox 1'], 'of the target first')
  }
})

const NAMES = ['ann', 'ANN', 'ann.alias', 'bob', 'eve', 'off', 'service', 'x', 'p1', 'p2']
const names = fc.constantFrom(...NAMES)
const some = fc.array(names, { maxLength: 3 })
const watched = fc.constantFrom(...NAMES, 'ann+bob', 'ann+eve', 'ann+?', 'bob+ann+p1', 'p1+off')
const bodies = fc.record({
  mailboxes: fc.array(
    fc.record({
      address: names.map(name => `${name}@example.com`),
      allowed: fc.constantFrom('own', 'permitted'),
    }),
    { maxLength: 3 },
  ),
  senders: some.map(list => list.map(name => `${name}@example.com`)),
  mailboxGuids: some,
  subscriptions: fc.array(watched, { maxLength: 2 }),
  sends: fc.boolean(),
  unknownMailbox: fc.nat(9).map(n => n === 0),
  opaqueIds: fc.nat(9).map(n => n === 0),
})

/** Returns the result of the guard after all lookups. */
function fully(facts: BodyFacts, guard: Guard): Reason | undefined {
  const live = (user: User | undefined) =>
    user?.enabled && user.id !== 'u-service' ? user : undefined
  const resolve = (address: string) => live(findByAddress(address))
  const known = (id: UserId | undefined) => live(id && findById(id))
  return evaluateBody(
    compileRole(withGuard(guard), { at: 0 }),
    { kind: 'user', id: ANN.id },
    facts,
    {
      mailboxes: facts.mailboxes.map(({ address, allowed }) => ({
        allowed,
        user: resolve(address),
      })),
      senders: facts.senders.map(resolve),
      subscriptions: facts.subscriptions.map(id => {
        const found = subscriptionOf(id)
        return found && { user: known(found.userId), others: found.others?.map(known) }
      }),
      owners: facts.mailboxGuids.map(guid => known(ownerOf(guid))),
      opaqueIds: 'refuse',
      enforcesSendAs: false,
      protection: undefined,
    },
  )
}

t.test('R34 values that are not looked up do not change the verdict', async t => {
  const verdicts = new Set<string>()
  const same = fc.asyncProperty(
    bodies,
    fc.constantFrom(own, permitted, any),
    fc.constantFrom(...SENDERS),
    async (body, mailboxes, senders) => {
      const guard = { ...mailboxes, senders }
      const facts = { ...NO_FACTS, ...body }
      const { reason } = await decideOn(body, guard)
      const full = fully(facts, guard)
      verdicts.add(`${guard.mailboxes} ${full}`)
      return (reason === undefined) === (full === undefined)
    },
  )
  const { failed, counterexample } = await fc.check(same, { seed: 20261127, numRuns: runs(500) })
  t.notOk(failed, JSON.stringify(counterexample))
  for (const { mailboxes } of [own, permitted, any])
    for (const verdict of [undefined, 'sender-refused', 'foreign-subscription'])
      t.ok(verdicts.has(`${mailboxes} ${verdict}`), `${mailboxes} ${verdict} is tried`)
})
