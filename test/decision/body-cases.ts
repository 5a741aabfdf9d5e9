/**
 * Bodies, what the decision on each is, and what it loads: one entry for each batch.
 *
 * @module
 */

import type { Reason } from '../../src/model/decision.ts'
import type { BodyFacts, NamedMailbox } from '../../src/model/envelope.ts'
import { MAILBOXES, type RoleGuard } from '../../src/model/role.ts'
import { crowdNames } from './crowd.ts'

export type BodyCase = Readonly<{
  what: string
  facts: Partial<BodyFacts>
  guard: Partial<RoleGuard>
  reason: Reason | undefined
  loads: readonly string[]
}>

export const named = (names: readonly string[], allowed: NamedMailbox['allowed'] = 'own') => ({
  mailboxes: names.map(name => ({ address: `${name}@example.com`, allowed })),
})
export const guids = (names: readonly string[]) => ({ mailboxGuids: names })
const stored = (names: readonly string[]) => ({
  sends: true,
  sentItems: names.map(id => ({ id, changeKey: 'CK' })),
})
const subscriptions = (names: readonly string[]) => ({ subscriptions: names })

export const [own, permitted, any] = MAILBOXES.map(mailboxes => ({ mailboxes })) as [
  Partial<RoleGuard>,
  Partial<RoleGuard>,
  Partial<RoleGuard>,
]
const [asPermitted, asServer] = [{ senders: 'permitted' }, { senders: 'server' }] as const
const sentBy = (names: readonly string[]) => ({
  sends: true,
  senders: names.map(name => `${name}@example.com`),
})
const FOREIGN = 'foreign-mailbox'
const FOREIGN_SUBSCRIPTION = 'foreign-subscription'
const ONE = ['subscription 1'] as const

type Row = readonly [
  what: string,
  facts: Partial<BodyFacts>,
  guard: Partial<RoleGuard>,
  reason: Reason | undefined,
  loads: readonly string[],
]

const ROWS: readonly Row[] = [
  ['nothing', {}, permitted, undefined, []],
  ['500 unknown addresses under own', named(crowdNames(500, 'x')), own, FOREIGN, []],
  ['500 known addresses under own', named(crowdNames(500)), own, FOREIGN, []],
  ['the own addresses', named(['ANN', 'ann.alias']), own, undefined, []],
  [
    'the own principal name',
    { mailboxes: [{ address: 'ann@corp.example.com', allowed: 'own' }] },
    own,
    FOREIGN,
    [],
  ],
  ['500 addresses under any', named(crowdNames(500, 'x')), any, undefined, []],
  ['500 others under any', named(crowdNames(500, 'x'), 'permitted'), any, undefined, []],
  ['500 unknown addresses', named(crowdNames(500, 'x')), permitted, FOREIGN, ['name 10']],
  ['500 unknown others', named(crowdNames(500, 'x'), 'permitted'), own, FOREIGN, ['name 10']],
  ['a denied user first', named(['eve', ...crowdNames(499)]), permitted, FOREIGN, ['name 10']],
  [
    'a denied user last',
    named([...crowdNames(499), 'eve']),
    permitted,
    FOREIGN,
    ['name 10', 'name 100', 'name 390'],
  ],
  [
    '500 permitted users, and learns who they are',
    named(crowdNames(500)),
    permitted,
    undefined,
    ['name 10', 'name 100', 'name 390', 'owners 0 of 20'],
  ],
  [
    '500 permitted others, and learns nothing',
    named(crowdNames(500), 'permitted'),
    own,
    undefined,
    ['name 10', 'name 100', 'name 390'],
  ],
  [
    'the own address among others',
    named(['ann', 'bob']),
    permitted,
    undefined,
    ['name 1', 'owners 0 of 1'],
  ],
  [
    'a push subscription',
    { ...named(crowdNames(9)), pushSubscription: true },
    permitted,
    'push-subscription',
    [],
  ],
  [
    'what cannot be compared',
    { ...named(crowdNames(9)), unknownMailbox: true },
    permitted,
    FOREIGN,
    [],
  ],
  ['opaque IDs', { ...named(crowdNames(9)), opaqueIds: true }, permitted, FOREIGN, []],
  ['20 senders', { sends: true, senders: crowdNames(20, 'x') }, permitted, 'sender-refused', []],
  ['20 permitted senders', sentBy(crowdNames(20)), asPermitted, undefined, ['name 10', 'name 10']],
  ['a denied sender', sentBy(['ann', 'eve', 'bob']), asPermitted, 'sender-refused', ['name 2']],
  ['an unknown sender', sentBy(['x']), asPermitted, 'sender-refused', ['name 1']],
  ['a disabled sender', sentBy(['off']), asPermitted, 'sender-refused', ['name 1']],
  ['a reserved sender', sentBy(['service']), asPermitted, 'sender-refused', ['name 1']],
  ['a permitted sender of nothing', { senders: ['bob@example.com'] }, asPermitted, undefined, []],
  ['the own sender under permitted', sentBy(['ANN']), asPermitted, undefined, []],
  [
    'a sender that cannot be compared',
    { ...sentBy(['bob']), unknownSender: true },
    asPermitted,
    'sender-refused',
    [],
  ],
  [
    'another sender and an upstream that checks none',
    sentBy(['bob']),
    asServer,
    'sender-refused',
    [],
  ],
  [
    'a permitted sender and a denied address',
    { ...sentBy(['bob']), ...named(['eve']) },
    { ...asPermitted, ...permitted },
    FOREIGN,
    ['name 1', 'name 1'],
  ],
  [
    'stored items of permitted senders',
    stored(['bob', 'p1', 'ann', 'bob']),
    asPermitted,
    undefined,
    ['stored-items 1', 'name 2'],
  ],
  [
    '500 stored items of permitted senders',
    stored(crowdNames(500)),
    asPermitted,
    undefined,
    ['stored-items 1', 'name 10', 'name 100', 'name 390'],
  ],
  [
    '500 stored items, of which the first has a denied sender',
    stored(['eve', ...crowdNames(499)]),
    asPermitted,
    'sender-refused',
    ['stored-items 1', 'name 10'],
  ],
  [
    'a stored item of a permitted sender that has changed',
    { sends: true, sentItems: [{ id: 'bob', changeKey: '' }] },
    asPermitted,
    'sender-refused',
    ['stored-items 1'],
  ],
  [
    'a stored message that is sent only if it is a meeting',
    { sends: true, sentItems: [{ id: 'eve', onlyMeetings: true }] },
    asPermitted,
    undefined,
    ['stored-items 1'],
  ],
  ['a stored item of another sender', stored(['bob']), own, 'sender-refused', ['stored-items 1']],
  ['the own sender', { sends: true, senders: ['Ann.Alias@example.com'] }, own, undefined, []],
  ['500 unknown GUIDs', guids(crowdNames(500, 'x')), permitted, FOREIGN, ['owners 500 of 1']],
  ['500 known GUIDs under own', guids(crowdNames(500)), own, FOREIGN, ['owners 500 of 1']],
  ['a known GUID under own', guids(['bob']), own, FOREIGN, ['owners 1 of 1']],
  ['500 GUIDs under any', guids(crowdNames(500)), any, undefined, []],
  ['the own GUID', guids(['ann']), own, undefined, ['owners 1 of 1']],
  [
    '500 permitted GUIDs',
    guids(crowdNames(500)),
    permitted,
    undefined,
    ['owners 500 of 1', 'user 10', 'user 100', 'user 390'],
  ],
  [
    'a denied GUID first',
    guids(['eve', ...crowdNames(499)]),
    permitted,
    FOREIGN,
    ['owners 500 of 1', 'user 10'],
  ],
  [
    'GUIDs after a denied address',
    { ...named(['eve']), ...guids(crowdNames(500)) },
    permitted,
    FOREIGN,
    ['name 1'],
  ],
  [
    'a stored item after a denied address',
    { ...named(['eve']), ...stored(['ann']) },
    permitted,
    FOREIGN,
    ['name 1'],
  ],
  [
    'one thing of each kind',
    { ...subscriptions(['ann']), ...named(['bob']), ...guids(['p1']), ...stored(['ann']) },
    permitted,
    undefined,
    [...ONE, 'user 1', 'name 1', 'owners 1 of 2', 'user 1', 'stored-items 1'],
  ],
  [
    '200 unknown subscriptions',
    subscriptions(crowdNames(200, 'x')),
    own,
    FOREIGN_SUBSCRIPTION,
    ['subscription 10'],
  ],
  [
    'an unknown subscription last',
    subscriptions([...crowdNames(199), 'x']),
    own,
    FOREIGN_SUBSCRIPTION,
    ['subscription 10', 'subscription 100', 'subscription 90'],
  ],
  [
    '200 subscriptions of 200 users',
    subscriptions(crowdNames(200)),
    own,
    undefined,
    ['subscription 10', 'subscription 100', 'subscription 90', 'user 10', 'user 100', 'user 90'],
  ],
  [
    'a subscription of a denied user',
    subscriptions(['eve', ...crowdNames(15)]),
    own,
    FOREIGN_SUBSCRIPTION,
    ['subscription 10', 'subscription 6', 'user 10'],
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
    [...ONE, 'user 2'],
  ],
  [
    'a subscription that watches a denied user',
    subscriptions(['ann+eve']),
    permitted,
    FOREIGN_SUBSCRIPTION,
    [...ONE, 'user 2'],
  ],
  [
    'a subscription that watches a deleted user',
    subscriptions(['ann+x']),
    permitted,
    FOREIGN_SUBSCRIPTION,
    [...ONE, 'user 2'],
  ],
  ['what the present any allows', subscriptions(['ann+eve']), any, undefined, [...ONE, 'user 1']],
  ['what was allowed under any', subscriptions(['ann+?']), own, FOREIGN_SUBSCRIPTION, ONE],
  ['that under permitted', subscriptions(['ann+?']), permitted, FOREIGN_SUBSCRIPTION, ONE],
  ['that under any', subscriptions(['ann+?']), any, undefined, [...ONE, 'user 1']],
  [
    'a subscription of a denied user under any',
    subscriptions(['eve+?']),
    any,
    FOREIGN_SUBSCRIPTION,
    [...ONE, 'user 1'],
  ],
  [
    'a subscription that watches 1,000 mailboxes',
    subscriptions([`ann${'+p1'.repeat(999)}`]),
    permitted,
    undefined,
    [...ONE, 'user 2'],
  ],
  [
    'a subscription that watches one more',
    subscriptions([`ann${'+p1'.repeat(1_000)}`]),
    permitted,
    FOREIGN_SUBSCRIPTION,
    ONE,
  ],
]

export const BODY_CASES: readonly BodyCase[] = ROWS.map(([what, facts, guard, reason, loads]) => ({
  what,
  facts,
  guard,
  reason,
  loads,
}))

/** Two bodies in one. */
export const joined = (a: BodyFacts, b: BodyFacts): BodyFacts =>
  Object.fromEntries(
    Object.entries(a).map(([name, value]) => {
      const other = b[name as keyof BodyFacts]
      if (Array.isArray(value)) return [name, [...value, ...(other as readonly unknown[])]]
      return [name, typeof value === 'number' ? value + Number(other) : value || other]
    }),
  ) as BodyFacts

/** Bodies that name one thing each, of every kind of thing that a body can name. */
export const SINGLE: readonly Partial<BodyFacts>[] = [
  {},
  ...['ann', 'bob', 'eve', 'x'].flatMap(name => [
    named([name]),
    named([name], 'permitted'),
    guids([name]),
    subscriptions([name]),
    { sends: true, senders: [`${name}@example.com`] },
    stored([name]),
  ]),
  ...['ann+bob', 'ann+eve', 'ann+?', 'bob+p1'].map(name => subscriptions([name])),
  ...(
    [
      'grants',
      'hasIds',
      'hiddenRules',
      'installsApps',
      'opaqueIds',
      'pushSubscription',
      'sends',
      'unknownMailbox',
      'unknownSubscription',
    ] as const
  ).map(fact => ({ [fact]: true })),
  { sends: true, unknownSender: true },
  { sends: true, unknownSentItem: true },
]
