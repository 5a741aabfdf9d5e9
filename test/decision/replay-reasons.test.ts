/** Reasons of recorded denials, and causes for which a replay knows no verdict. */

import t from 'tap'
import { REPLAY_CAUSES, type RecordedDecision, replayDecision } from '../../src/decision/replay.ts'
import { REASONS } from '../../src/model/decision.ts'
import type { Organization } from '../../src/model/identity.ts'
import { ANN, AT, ORGANIZATION, ROLE } from './data.ts'

const ALLOWED: RecordedDecision = {
  operation: 'GetItem',
  userId: ANN.id,
  user: ANN,
  verdict: 'allow',
  reason: '',
  isPresent: true,
}

/** Replays a decision with a draft that is the same as its role. */
const replayed = (
  recorded: Partial<RecordedDecision>,
  organization: Organization = ORGANIZATION,
) => {
  const moment = { at: AT, latest: AT }
  const replay = { organization, moment, role: ROLE, draft: ROLE, sameRules: true }
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
