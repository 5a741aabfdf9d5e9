/**
 * Compares the decisions of data plane and control API with the naive model of scripts/decisions.
 */

import type { Test } from 'tap'
import { Findings } from './findings.ts'
import { compareFrozenTable } from './frozen-table.ts'
import { startTestGateway } from './gateway.ts'
import { compareRandomWorlds } from './random-worlds.ts'

/** Another TEST_SEED gives other worlds. */
const SEED = Number(process.env['TEST_SEED'] ?? 20_261_127)

/** From this number on, random worlds have every reason, however rare. */
const MANY_WORLDS = 10_000

/** Reasons that the model knows. Each must occur. */
const REASONS = [
  'access-control-denies',
  'allow',
  'foreign-mailbox',
  'grant-refused',
  'impersonation-conflict',
  'impersonation-missing',
  'mailbox-protected',
  'no-rule-allows',
  'operation-refused',
  'operation-unknown',
  'principal-expired',
  'push-subscription',
  'role-ambiguous',
  'role-expired',
  'role-is-read-only',
  'role-locked',
  'role-not-permitted',
  'role-unknown',
  'rule-denies',
  'sender-refused',
  'unknown-user',
]

/** Reasons in the frozen table, which is older than protected mailboxes. */
const FROZEN_REASONS = REASONS.filter(reason => reason !== 'mailbox-protected')

/** Explained verdicts. `unknown`: only the upstream has the answer. */
const VERDICTS = ['allow', 'deny', 'unknown']

/** Compares the frozen table of decisions, and a number of random worlds. */
export async function compareWorlds(t: Test, worlds: number): Promise<void> {
  const [frozen, random] = [new Findings(), new Findings()]
  const gateway = await startTestGateway()
  t.teardown(() => gateway.close())
  await compareFrozenTable(gateway, frozen)
  await compareRandomWorlds(gateway, SEED, worlds, random)

  t.strictSame(frozen.differences, [], `${frozen.compared} rows of the frozen table`)
  t.strictSame(random.differences, [], `${random.compared} random worlds, seed ${SEED}`)
  t.ok(random.compared >= worlds, 'all worlds are compared')
  for (const { reasons, verdicts, textsOfAlike } of [frozen, random]) {
    const isComplete = reasons === frozen.reasons || worlds >= MANY_WORLDS
    const expected = reasons === frozen.reasons ? FROZEN_REASONS : REASONS
    if (isComplete) t.strictSame([...reasons.keys()].toSorted(), expected, 'every reason occurs')
    t.strictSame([...verdicts.keys()].toSorted(), VERDICTS, 'every explained verdict occurs')
    t.equal(textsOfAlike.size, 1, 'R2 denials at the rules have one text')
    t.comment(Object.fromEntries(reasons))
  }
}
