/** Reasons of recorded denials, and causes for which a replay knows no verdict. */

import t from 'tap'
import { REPLAY_CAUSES, type RecordedDecision, replayDecision } from '../../src/decision/replay.ts'
import { REASONS } from '../../src/model/decision.ts'
import type { Organization } from '../../src/model/identity.ts'
import type { ImpersonationRole } from '../../src/model/role.ts'
import { ANN, AT, ORGANIZATION, ROLE } from './data.ts'

const ALLOWED: RecordedDecision = {
  operation: 'GetItem',
  userId: ANN.id,
  user: ANN,
  verdict: 'allow',
  reason: '',
  isPresent: true,
}

/** Replays a decision with a draft that is the same as its role, except for some members. */
const replayed = (
  recorded: Partial<RecordedDecision>,
  organization: Organization = ORGANIZATION,
  draft: Partial<ImpersonationRole> = {},
) => {
  const replay = {
    organization,
    moment: { at: AT, latest: AT },
    role: ROLE,
    draft: { ...ROLE, ...draft },
    sameRules: true,
  }
  return replayDecision(replay, { ...ALLOWED, ...recorded })
}

/** Reasons of denials by the type, rules, guard, or profile of a role. */
const OF_ROLE: readonly string[] = [
  'no-rule-allows',
  'rule-denies',
  'unknown-user',
  'role-is-read-only',
  'operation-refused',
  'outside-profile',
  'foreign-mailbox',
  'grant-refused',
  'sender-refused',
  'foreign-subscription',
]

t.test('replayDecision() of a denial is the same if a draft cannot change its reason', async t => {
  for (const reason of REASONS) {
    const expected = OF_ROLE.includes(reason)
      ? { outcome: 'unknown', cause: 'body' }
      : { outcome: 'same' }
    t.strictSame(replayed({ verdict: 'deny', reason }), expected, reason)
  }
})

t.test('replayDecision() knows no neutral mailbox that is no longer configured', async t => {
  const neutral = { userId: '', user: undefined, operation: 'GetRooms' }
  t.strictSame(replayed(neutral), { outcome: 'same' })
  const { neutralMailbox: _, ...organization } = ORGANIZATION
  t.strictSame(replayed(neutral, organization), { outcome: 'unknown', cause: 'user' })
})

t.test('REPLAY_CAUSES has each cause of an unknown verdict', async t => {
  t.strictSame([...REPLAY_CAUSES], ['body', 'folders', 'user', 'role'])
})

t.test(
  'replayDecision() with less sending is known for operations that change nothing',
  async t => {
    const draft = { guard: { ...ROLE.guard, sending: false } }
    for (const [operation, expected] of [
      ['GetItem', { outcome: 'same' }],
      ['Unsubscribe', { outcome: 'same' }],
      ['UpdateItem', { outcome: 'unknown', cause: 'body' }],
    ] as const)
      t.strictSame(replayed({ operation }, ORGANIZATION, draft), expected, operation)
  },
)
