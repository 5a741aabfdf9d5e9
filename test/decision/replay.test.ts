/** Replays of recorded decisions: nothing is claimed that the record can't tell. */

import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { authorize } from '../../src/decision/authorize.ts'
import { loadAndDecide } from '../../src/decision/load.ts'
import { type RecordedDecision, replayDecision } from '../../src/decision/replay.ts'
import { OPERATIONS, type OperationName, requestElementOf } from '../../src/ews/operations.ts'
import { NO_FACTS } from '../../src/ews/reader.ts'
import { PROFILES } from '../../src/model/profile.ts'
import {
  DEFAULT_GUARD,
  type ImpersonationRole,
  MAILBOXES,
  type RoleContent,
  SENDERS,
} from '../../src/model/role.ts'
import { withContent } from '../../src/model/role-shape.ts'
import { runs } from '../kit/runs.ts'
import { joined, SINGLE } from './body-cases.ts'
import { coldData } from './crowd.ts'
import { ANN, AT, BOB, GET_FOLDER, OFF, ORGANIZATION, ROLE } from './data.ts'

const EVERYONE = { id: 'everyone', effect: 'ALLOW' } as const
const NOT_ANN = { id: 'not-ann', effect: 'DENY', targetUsers: [ANN.id] } as const
const OPEN: RoleContent = { type: 'FULL_ACCESS', rules: [EVERYONE], guard: DEFAULT_GUARD }
const ALLOWED: RecordedDecision = {
  operation: 'GetItem',
  userId: ANN.id,
  user: ANN,
  verdict: 'allow',
  reason: '',
  isPresent: true,
}
const NEUTRAL = { userId: '', user: undefined, operation: 'GetRooms' }
const deniedFor = (reason: string) => ({ verdict: 'deny', reason }) as const

const replayed = (content: RoleContent, draft: RoleContent, recorded: Partial<RecordedDecision>) =>
  replayDecision(
    {
      organization: ORGANIZATION,
      moment: { at: AT, latest: AT },
      role: withContent(ROLE, content),
      draft: withContent(ROLE, draft),
      sameRules: isDeepStrictEqual(content.rules, draft.rules),
    },
    { ...ALLOWED, ...recorded },
  )

const READ_ONLY = { ...OPEN, type: 'READ_ONLY' as const }
const WITHOUT_ANN = { ...OPEN, rules: [EVERYONE, NOT_ANN] }
const guarded = (guard: Partial<RoleContent['guard']>) => ({
  ...OPEN,
  guard: { ...DEFAULT_GUARD, ...guard },
})
const profiled = (name: (typeof PROFILES)[number]) => ({ ...OPEN, profile: { name } })

for (const [what, content, draft, recorded, expected] of [
  ['the same content', OPEN, OPEN, {}, 'same'],
  ['a rule that denies', OPEN, WITHOUT_ANN, {}, 'would-deny rule-denies'],
  ['a rule that denies another user', OPEN, WITHOUT_ANN, { userId: BOB.id, user: BOB }, 'same'],
  [
    'a write in a narrower type',
    OPEN,
    READ_ONLY,
    { operation: 'CreateItem' },
    'would-deny role-is-read-only',
  ],
  ['a read in a narrower type', OPEN, READ_ONLY, {}, 'same'],
  [
    'an operation outside of a profile',
    OPEN,
    profiled('mail-read'),
    { operation: 'SendItem' },
    'would-deny outside-profile',
  ],
  ['folders of a profile', OPEN, profiled('mail-read'), {}, 'unknown folders'],
  ['a body of a profile', OPEN, profiled('no-send'), { operation: 'CreateItem' }, 'unknown body'],
  ['no profile any more', profiled('mail-read'), OPEN, {}, 'same'],
  [
    'denied operations',
    OPEN,
    { ...OPEN, profile: { deniedOperations: ['GetItem'] } },
    {},
    'would-deny outside-profile',
  ],
  [
    'other denied operations',
    OPEN,
    { ...OPEN, profile: { deniedOperations: ['SendItem'] } },
    {},
    'same',
  ],
  ['a narrower guard', guarded({ mailboxes: 'any' }), OPEN, {}, 'unknown body'],
  ['a wider guard', OPEN, guarded({ mailboxes: 'any' }), {}, 'same'],
  [
    'other rules with a guard by rules',
    guarded({ mailboxes: 'permitted' }),
    {
      ...guarded({ mailboxes: 'permitted' }),
      rules: [EVERYONE, { ...NOT_ANN, targetUsers: [BOB.id] }],
    },
    {},
    'unknown body',
  ],
  [
    'other rules and attendees',
    OPEN,
    { ...OPEN, rules: [EVERYONE, { ...NOT_ANN, targetUsers: [BOB.id] }] },
    { operation: 'GetUserAvailability' },
    'unknown body',
  ],
  [
    'other rules and subscriptions',
    OPEN,
    { ...OPEN, rules: [EVERYONE, { ...NOT_ANN, targetUsers: [BOB.id] }] },
    { operation: 'GetEvents' },
    'unknown body',
  ],
  [
    'sending that is switched off',
    OPEN,
    guarded({ sending: false }),
    { operation: 'CreateItem' },
    'unknown body',
  ],
  [
    'narrower senders',
    guarded({ senders: 'permitted' }),
    OPEN,
    { operation: 'CreateItem' },
    'unknown body',
  ],
  ['narrower senders and a read', guarded({ senders: 'permitted' }), OPEN, {}, 'same'],
  ['a role that was changed since', OPEN, OPEN, { isPresent: false }, 'unknown role'],
  [
    'a rule that denies, in a role that was changed',
    OPEN,
    WITHOUT_ANN,
    { isPresent: false },
    'would-deny rule-denies',
  ],
  ['a deleted user', OPEN, OPEN, { user: undefined }, 'unknown user'],
  ['a disabled user', OPEN, OPEN, { userId: OFF.id, user: OFF }, 'unknown user'],
  [
    'a deleted user and a denied operation',
    OPEN,
    READ_ONLY,
    { user: undefined, operation: 'CreateItem' },
    'would-deny role-is-read-only',
  ],
  ['no user', OPEN, OPEN, NEUTRAL, 'same'],
  [
    'no user and no rule that allows',
    OPEN,
    { ...OPEN, rules: [] },
    NEUTRAL,
    'would-deny no-rule-allows',
  ],
  ['a denial that no draft changes', OPEN, OPEN, deniedFor('role-locked'), 'same'],
  [
    'a denial of access control',
    OPEN,
    { ...OPEN, rules: [] },
    deniedFor('access-control-denies'),
    'same',
  ],
  ['a denial by the draft, too', OPEN, WITHOUT_ANN, deniedFor('rule-denies'), 'same'],
  ['a denial by a rule', WITHOUT_ANN, OPEN, deniedFor('rule-denies'), 'unknown body'],
  [
    'a denial of Autodiscover',
    WITHOUT_ANN,
    OPEN,
    { ...deniedFor('rule-denies'), operation: 'AutoDiscover' },
    'would-allow',
  ],
  ['Autodiscover', OPEN, WITHOUT_ANN, { operation: 'AutoDiscover' }, 'would-deny rule-denies'],
  [
    'Autodiscover in a role that was changed',
    OPEN,
    OPEN,
    { operation: 'AutoDiscover', isPresent: false },
    'same',
  ],
  [
    'a denial of an unknown user',
    OPEN,
    OPEN,
    { ...deniedFor('unknown-user'), userId: '', user: undefined },
    'same',
  ],
  ['an operation of another version', OPEN, OPEN, { operation: 'other' }, 'unknown body'],
] as const)
  t.test(`replayDecision() of ${what}`, async t => {
    t.equal(Object.values(replayed(content, draft, recorded)).join(' '), expected)
  })

const anyContent: fc.Arbitrary<RoleContent> = fc
  .record({
    type: fc.constantFrom('FULL_ACCESS' as const, 'READ_ONLY' as const),
    rules: fc
      .subarray([{ ...NOT_ANN, id: 'not-bob', targetUsers: [BOB.id] }, NOT_ANN])
      .map(rules => [EVERYONE, ...rules]),
    mailboxes: fc.constantFrom(...MAILBOXES),
    senders: fc.constantFrom(...SENDERS),
    sending: fc.boolean(),
    delegation: fc.boolean(),
    profile: fc.option(fc.constantFrom(...PROFILES), { nil: undefined, freq: 1 }),
  })
  .map(({ type, rules, profile, ...guard }) => ({
    type,
    rules,
    guard: { ...DEFAULT_GUARD, ...guard },
    ...(profile && { profile: { name: profile } }),
  }))

/** A content, and one that differs from it in some parts. */
const contents = fc
  .tuple(anyContent, anyContent, fc.subarray(['type', 'rules', 'guard', 'profile'] as const))
  .map(([content, other, parts]) => {
    const { profile, ...draft } = { ...content }
    const taken = parts.includes('profile') ? other.profile : profile
    const changed = parts.map(part => [part, other[part]] as const)
    return {
      content,
      draft: {
        ...draft,
        ...Object.fromEntries(changed.filter(([part]) => part !== 'profile')),
        ...(taken && { profile: taken }),
      } as RoleContent,
    }
  })

const NAMES: readonly OperationName[] = [
  'AddDelegate',
  'ConvertId',
  'CreateItem',
  'DeleteItem',
  'FindItem',
  'GetEvents',
  'GetFolder',
  'GetItem',
  'GetUserAvailability',
  'ResolveNames',
  'SendItem',
  'Unsubscribe',
  'UpdateInboxRules',
  'UpdateItem',
]
const anyFacts = fc.oneof(fc.constant({}), fc.constantFrom(...SINGLE))
const READING: ReadonlySet<string> = new Set(['read', 'session'])

t.test('whatever the body was, a known result is that of a decision by the draft', async t => {
  const seen = new Set<string>()
  const property = fc.asyncProperty(
    contents,
    fc.constantFrom(...NAMES),
    anyFacts,
    anyFacts,
    async ({ content, draft }, operation, a, b) => {
      const { data } = coldData()
      const facts = joined({ ...NO_FACTS, ...a }, { ...NO_FACTS, ...b })
      const row = OPERATIONS[operation]
      // Requests that follow the schema send, grant, and create rules only by operations that change something.
      const quiet = { sends: false, grants: false, hiddenRules: false, sentItems: [], senders: [] }
      const body = {
        ...facts,
        ...(READING.has(row.class) && quiet),
        ...(!row.names.has('SubscriptionId') && { subscriptions: [], unknownSubscription: false }),
        ...(!row.selectors?.some(({ allowed }) => allowed === 'permitted') && {
          mailboxes: facts.mailboxes.map(one => ({ ...one, allowed: 'own' as const })),
        }),
        content: { ...NO_FACTS.content, isWhole: true },
      }
      const request = { ...GET_FOLDER, requestElement: requestElementOf(operation), body }
      const decideAs = async (role: ImpersonationRole) => {
        data.put('role', ROLE.id, role)
        return (await loadAndDecide(data, () => authorize(request, data))).decision
      }
      const recorded = await decideAs(withContent(ROLE, content))
      const drafted = await decideAs(withContent(ROLE, draft))
      const reason = recorded.verdict === 'deny' ? recorded.reason : ''
      const result = replayed(content, draft, { operation, verdict: recorded.verdict, reason })
      seen.add(`${recorded.verdict} ${result.outcome}`)
      if (result.outcome === 'unknown') return true
      if (result.outcome === 'same') return drafted.verdict === recorded.verdict
      return (
        drafted.verdict !== recorded.verdict &&
        (result.outcome === 'would-deny') === (drafted.verdict === 'deny')
      )
    },
  )
  await fc.assert(property, { numRuns: runs(600) })
  t.strictSame([...seen].sort(), [
    'allow same',
    'allow unknown',
    'allow would-deny',
    'deny same',
    'deny unknown',
  ])
})
