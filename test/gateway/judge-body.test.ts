/**
 * R34: how much a body can make the gateway look up, counted at the ports; and that what is not
 * looked up does not change the result.
 */

import fc from 'fast-check'
import t from 'tap'
import { NO_FACTS } from '../../src/ews/reader.ts'
import { type BodyKnowledge, evaluateBody } from '../../src/gateway/judge-body.ts'
import type { BodyFacts } from '../../src/model/envelope.ts'
import {
  foldName,
  type Organization,
  organizationId,
  type User,
  type UserId,
  userId,
} from '../../src/model/identity.ts'
import { principalId } from '../../src/model/principal.ts'
import { MAILBOXES, type RoleGuard, roleId } from '../../src/model/role.ts'
import type { Subscription } from '../../src/model/subscription.ts'
import type { Target } from '../../src/policy/decide.ts'
import { judgeBody } from '../../src/policy/guard.ts'
import { ANN, BOB, EVE, roleOf } from '../policy/guard-cases.ts'

const organization: Organization = {
  id: organizationId('m-0123456789abcdef0123456789abcdef'),
  alias: 'example',
  serviceAddresses: ['service@example.com'],
  neutralMailbox: 'neutral@example.com',
  opaqueIds: 'refuse',
}

const person = (id: UserId, name: string, aliases: readonly string[] = []): User => ({
  id,
  primarySmtpAddress: `${name}@example.com`,
  aliases,
  principalName: `${name}@corp.example.com`,
  enabled: true,
})

const ann = person(ANN, 'Ann', ['Ann.Alias@example.com'])
const crowd = Array.from({ length: 600 }, (_, n) => person(userId(`u-${n}`), `p${n}`))
const PEOPLE: readonly User[] = [
  ann,
  person(BOB, 'bob'),
  person(EVE, 'eve'),
  { ...person(userId('u-off'), 'off'), enabled: false },
  person(userId('u-service'), 'service'),
  ...crowd,
]
const byId = new Map(PEOPLE.map(user => [user.id, user]))
const byAddress = new Map(
  PEOPLE.flatMap(user =>
    [user.primarySmtpAddress, ...user.aliases].map(address => [foldName(address), user] as const),
  ),
)
const idOf = (name: string) => byAddress.get(`${name}@example.com`)?.id

/** A subscription that is called `user`, `user+other+other`, or `user+?` for what is not determined. */
function subscriptionOf(name: string): Subscription | undefined {
  const [user, ...others] = name.split('+').map(idOf)
  if (user === undefined) return undefined
  return {
    organizationId: organization.id,
    idHash: name,
    userId: user,
    ...(!name.endsWith('+?') && { others: others.map(id => id ?? userId('deleted')) }),
    roleId: roleId('r'),
    principalId: principalId('p'),
    lifeMs: 0,
    expiresAt: 0,
  }
}

/** Ports that note how many values each question was about. GUIDs and subscriptions are names. */
function counting() {
  const asked: string[] = []
  const note = (what: string, { length }: readonly unknown[]) =>
    void asked.push(`${what} ${length}`)
  const knowledge: BodyKnowledge = {
    organization,
    directory: {
      resolve: async () => {
        throw new Error('One name at a time')
      },
      user: async () => {
        throw new Error('One user at a time')
      },
      resolveAddresses: async (_, addresses) => {
        note('addresses', addresses)
        return addresses.map(address => byAddress.get(foldName(address)))
      },
      users: async (_, ids) => {
        note('users', ids)
        return ids.map(id => byId.get(id))
      },
    },
    isShared: async () => false,
    ownersOf: async (guids, users) => {
      asked.push(`guids ${guids.length} of ${users.length}`)
      return guids.map(idOf)
    },
    subscriptionsOf: async ids => {
      note('subscriptions', ids)
      return ids.map(subscriptionOf)
    },
  }
  return { asked, knowledge }
}

const asAnn = (guard: Partial<RoleGuard>) => ({
  compiled: roleOf('FULL_ACCESS', guard),
  target: { ...ann, kind: 'user' } as Target,
  user: ann,
})

const NAMES = (count: number, prefix = 'p') =>
  Array.from({ length: count }, (_, n) => `${prefix}${n}`)
const named = (names: readonly string[], allowed: 'own' | 'permitted' = 'own') => ({
  mailboxes: names.map(name => ({ address: `${name}@example.com`, allowed })),
})
const guids = (names: readonly string[]) => ({ mailboxGuids: names })
const subscriptions = (names: readonly string[]) => ({ subscriptions: names })

const [own, permitted, any] = MAILBOXES.map(mailboxes => ({ mailboxes })) as [
  Partial<RoleGuard>,
  Partial<RoleGuard>,
  Partial<RoleGuard>,
]
const FOREIGN = 'foreign-mailbox'
const FOREIGN_SUBSCRIPTION = 'foreign-subscription'
const ONE = ['subscriptions 1'] as const

for (const [what, facts, guard, reason, questions] of [
  ['nothing', {}, permitted, undefined, []],
  ['500 unknown addresses under own', named(NAMES(500, 'x')), own, FOREIGN, []],
  ['500 known addresses under own', named(NAMES(500)), own, FOREIGN, []],
  ['the own addresses', named(['ANN', 'ann.alias']), own, undefined, []],
  [
    'the own principal name',
    { mailboxes: [{ address: 'ann@corp.example.com', allowed: 'own' }] },
    own,
    FOREIGN,
    [],
  ],
  ['500 addresses under any', named(NAMES(500, 'x')), any, undefined, []],
  ['500 others under any', named(NAMES(500, 'x'), 'permitted'), any, undefined, []],
  ['500 unknown addresses', named(NAMES(500, 'x')), permitted, FOREIGN, ['addresses 10']],
  ['500 unknown others', named(NAMES(500, 'x'), 'permitted'), own, FOREIGN, ['addresses 10']],
  ['a denied user first', named(['eve', ...NAMES(499)]), permitted, FOREIGN, ['addresses 10']],
  [
    'a denied user last',
    named([...NAMES(499), 'eve']),
    permitted,
    FOREIGN,
    ['addresses 10', 'addresses 100', 'addresses 390'],
  ],
  [
    '500 permitted users, and learns who they are',
    named(NAMES(500)),
    permitted,
    undefined,
    ['addresses 10', 'addresses 100', 'addresses 390', 'guids 0 of 20'],
  ],
  [
    '500 permitted others, and learns nothing',
    named(NAMES(500), 'permitted'),
    own,
    undefined,
    ['addresses 10', 'addresses 100', 'addresses 390'],
  ],
  [
    'the own address among others',
    named(['ann', 'bob']),
    permitted,
    undefined,
    ['addresses 1', 'guids 0 of 1'],
  ],
  [
    'a push subscription',
    { ...named(NAMES(9)), pushSubscription: true },
    permitted,
    'push-subscription',
    [],
  ],
  ['what cannot be compared', { ...named(NAMES(9)), unknownMailbox: true }, permitted, FOREIGN, []],
  ['opaque IDs', { ...named(NAMES(9)), opaqueIds: true }, permitted, FOREIGN, []],
  ['20 senders', { sends: true, senders: NAMES(20, 'x') }, permitted, 'sender-refused', []],
  ['the own sender', { sends: true, senders: ['Ann.Alias@example.com'] }, own, undefined, []],
  ['500 unknown GUIDs', guids(NAMES(500, 'x')), permitted, FOREIGN, ['guids 500 of 1']],
  ['500 known GUIDs under own', guids(NAMES(500)), own, FOREIGN, ['guids 500 of 1']],
  ['500 GUIDs under any', guids(NAMES(500)), any, undefined, []],
  ['the own GUID', guids(['ann']), own, undefined, ['guids 1 of 1']],
  [
    '500 permitted GUIDs',
    guids(NAMES(500)),
    permitted,
    undefined,
    ['guids 500 of 1', 'users 10', 'users 100', 'users 390'],
  ],
  [
    'a denied GUID first',
    guids(['eve', ...NAMES(499)]),
    permitted,
    FOREIGN,
    ['guids 500 of 1', 'users 10'],
  ],
  [
    'GUIDs after a denied address',
    { ...named(['eve']), ...guids(NAMES(500)) },
    permitted,
    FOREIGN,
    ['addresses 1'],
  ],
  [
    '200 unknown subscriptions',
    subscriptions(NAMES(200, 'x')),
    own,
    FOREIGN_SUBSCRIPTION,
    ['subscriptions 10'],
  ],
  [
    'an unknown subscription last',
    subscriptions([...NAMES(199), 'x']),
    own,
    FOREIGN_SUBSCRIPTION,
    ['subscriptions 10', 'subscriptions 100', 'subscriptions 90'],
  ],
  [
    '200 subscriptions of 200 users',
    subscriptions(NAMES(200)),
    own,
    undefined,
    [
      'subscriptions 10',
      'subscriptions 100',
      'subscriptions 90',
      'users 10',
      'users 100',
      'users 90',
    ],
  ],
  [
    'a subscription of a denied user',
    subscriptions(['eve', ...NAMES(15)]),
    own,
    FOREIGN_SUBSCRIPTION,
    ['subscriptions 10', 'subscriptions 6', 'users 10'],
  ],
  [
    'a subscription that watches another',
    subscriptions(['ann+bob']),
    own,
    FOREIGN_SUBSCRIPTION,
    ONE,
  ],
  [
    'the same under permitted',
    subscriptions(['ann+bob']),
    permitted,
    undefined,
    [...ONE, 'users 2'],
  ],
  [
    'a subscription that watches a denied user',
    subscriptions(['ann+eve']),
    permitted,
    FOREIGN_SUBSCRIPTION,
    [...ONE, 'users 2'],
  ],
  [
    'a subscription that watches a deleted user',
    subscriptions(['ann+x']),
    permitted,
    FOREIGN_SUBSCRIPTION,
    [...ONE, 'users 2'],
  ],
  ['what the present any allows', subscriptions(['ann+eve']), any, undefined, [...ONE, 'users 1']],
  ['what was allowed under any', subscriptions(['ann+?']), own, FOREIGN_SUBSCRIPTION, ONE],
  ['that under permitted', subscriptions(['ann+?']), permitted, FOREIGN_SUBSCRIPTION, ONE],
  ['that under any', subscriptions(['ann+?']), any, undefined, [...ONE, 'users 1']],
  [
    'a subscription of a denied user under any',
    subscriptions(['eve+?']),
    any,
    FOREIGN_SUBSCRIPTION,
    [...ONE, 'users 1'],
  ],
  [
    'a subscription that watches 1,000 mailboxes',
    subscriptions([`ann${'+p1'.repeat(999)}`]),
    permitted,
    undefined,
    [...ONE, 'users 2'],
  ],
  [
    'a subscription that watches one more',
    subscriptions([`ann${'+p1'.repeat(1_000)}`]),
    permitted,
    FOREIGN_SUBSCRIPTION,
    ONE,
  ],
] as const satisfies readonly (readonly [
  string,
  Partial<BodyFacts>,
  Partial<RoleGuard>,
  string | undefined,
  readonly string[],
])[])
  t.test(
    `R34 a body that names ${what} is ${reason ?? 'allowed'} with ${questions.length} questions`,
    async t => {
      const { asked, knowledge } = counting()
      const result = await evaluateBody(knowledge, asAnn(guard), { ...NO_FACTS, ...facts })
      t.equal(result.reason, reason)
      t.strictSame(asked, questions)
    },
  )

t.test('R34 a request that acts as the neutral mailbox', async t => {
  const neutral = {
    compiled: roleOf('FULL_ACCESS', any),
    target: { kind: 'neutral' } as const,
    user: undefined,
  }
  for (const [facts, reason, questions] of [
    [named(['bob']), FOREIGN, []],
    [named(['bob'], 'permitted'), undefined, ['addresses 1']],
    [{ ...guids(['bob']), hasIds: true }, FOREIGN, []],
  ] as const) {
    const { asked, knowledge } = counting()
    const result = await evaluateBody(knowledge, neutral, { ...NO_FACTS, ...facts })
    t.equal(result.reason, reason)
    t.strictSame(asked, questions)
  }
})

for (const [what, facts, guard, others] of [
  ['nothing', {}, own, []],
  ['the own address and GUID', { ...named(['ANN']), ...guids(['ann']) }, permitted, []],
  ['others by address', named(['bob', 'ann', 'p1']), permitted, [BOB, 'u-1']],
  ['others by GUID', guids(['ann', 'bob', 'p1']), permitted, [BOB, 'u-1']],
  [
    'others by both',
    { ...named(['p2', 'bob']), ...guids(['bob', 'p1']) },
    permitted,
    ['u-2', BOB, 'u-1'],
  ],
  ['21 others', named(NAMES(21)), permitted, NAMES(21, 'u-')],
  ['anything under any', { ...named(['bob']), ...guids(['eve']) }, any, undefined],
  ['nothing under any', {}, any, undefined],
] as const)
  t.test(`R15 a body that names ${what} tells who it watches`, async t => {
    const { knowledge } = counting()
    const result = await evaluateBody(knowledge, asAnn(guard), { ...NO_FACTS, ...facts })
    t.equal(result.reason, undefined)
    t.strictSame('others' in result && result.others, others)
  })

const WHO = ['ann', 'ANN', 'ann.alias', 'bob', 'eve', 'off', 'service', 'x', 'p1', 'p2']
const who = fc.constantFrom(...WHO)
const someone = fc.array(who, { maxLength: 3 })
const watched = fc.constantFrom(...WHO, 'ann+bob', 'ann+eve', 'ann+?', 'bob+ann+p1', 'p1+off')
const bodies = fc.record({
  mailboxes: fc.array(
    fc.record({
      address: who.map(name => `${name}@example.com`),
      allowed: fc.constantFrom('own', 'permitted'),
    }),
    { maxLength: 3 },
  ),
  senders: someone.map(names => names.map(name => `${name}@example.com`)),
  mailboxGuids: someone,
  subscriptions: fc.array(watched, { maxLength: 2 }),
  sends: fc.boolean(),
  unknownMailbox: fc.nat(9).map(n => n === 0),
  opaqueIds: fc.nat(9).map(n => n === 0),
})

/** What the guard says when everything that is named has been looked up. */
function fully(facts: BodyFacts, guard: Partial<RoleGuard>) {
  const { compiled, target } = asAnn(guard)
  const live = (user: User | undefined) =>
    user?.enabled && user.id !== 'u-service' ? user : undefined
  const resolve = (address: string) => live(byAddress.get(foldName(address)))
  const known = (id: UserId | undefined) => live(id && byId.get(id))
  return judgeBody(compiled, target, facts, {
    mailboxes: facts.mailboxes.map(({ address, allowed }) => ({ allowed, user: resolve(address) })),
    senders: facts.senders.map(resolve),
    subscriptions: facts.subscriptions.map(id => {
      const found = subscriptionOf(id)
      return found && { user: known(found.userId), others: found.others?.map(known) }
    }),
    owners: facts.mailboxGuids.map(guid => known(idOf(guid))),
    opaqueIds: 'refuse',
  })
}

t.test('R34 what is not looked up does not change the verdict', async t => {
  const verdicts = new Set<string>()
  const same = fc.asyncProperty(
    bodies,
    fc.constantFrom(own, permitted, any),
    async (body, guard) => {
      const facts = { ...NO_FACTS, ...body }
      const { knowledge } = counting()
      const { reason } = await evaluateBody(knowledge, asAnn(guard), facts)
      const full = fully(facts, guard)
      verdicts.add(`${guard.mailboxes} ${full}`)
      return (reason === undefined) === (full === undefined)
    },
  )
  const { failed, counterexample } = await fc.check(same, { numRuns: 2_000 })
  t.notOk(failed, JSON.stringify(counterexample))
  for (const { mailboxes } of [own, permitted, any])
    for (const verdict of [undefined, 'sender-refused', FOREIGN_SUBSCRIPTION])
      t.ok(verdicts.has(`${mailboxes} ${verdict}`), `${mailboxes} ${verdict} is tried`)
})
