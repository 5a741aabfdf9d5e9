/**
 * Decisions of a test: each finds what it needs, loads what is missing, and ends when all of it is one
 * state.
 */

import type { CachedPolicy } from '../../src/cache/cached.ts'
import { HeldPolicy } from '../../src/cache/held-policy.ts'
import type { StoredSubject } from '../../src/cache/target.ts'
import { Failure } from '../../src/model/failure.ts'
import type { OrganizationId } from '../../src/model/identity.ts'
import type { HeldSource, MissingSubject, PolicySource } from '../../src/model/policy-data.ts'

/** Rounds of a decision; no test changes things more often while it decides. */
const ROUNDS = 40

/** A gateway that holds nothing for itself. */
export const NOTHING_HELD: HeldSource = {
  find: () => undefined,
  load: async () => [],
}

/** Values of a decision, in the order of their subjects, and the version of all of them. */
export type DecidedOn = Readonly<{ version: number; values: readonly unknown[] }>

/** Returns the values that a decision can be made on now, or the subjects that it lacks. */
export function evaluate(
  policy: PolicySource,
  subjects: readonly StoredSubject[],
  { comparesVersions = true } = {},
): DecidedOn | readonly MissingSubject[] {
  const version = policy.freshness()?.version
  const entries = subjects.map(({ kind, id }) => policy.find(kind, id))
  const missing: MissingSubject[] = subjects.filter((_, n) => entries[n] === undefined)
  const latest = Math.max(0, ...entries.map(entry => entry?.from ?? 0))
  const isBehind = version === undefined || (comparesVersions && version < latest)
  if (isBehind) missing.push({ kind: 'freshness', version: latest })
  if (missing.length > 0 || version === undefined) return missing
  return { version, values: entries.map(entry => entry?.value) }
}

/**
 * Decides, and calls `decided` before anything else can happen.
 *
 * @throws Failure `policy-unavailable`
 */
export async function decide(
  knowledge: CachedPolicy,
  organization: OrganizationId,
  subjects: readonly StoredSubject[],
  decided: (on: DecidedOn) => void,
  options?: Parameters<typeof evaluate>[2],
): Promise<void> {
  const policy = new HeldPolicy(knowledge, organization, NOTHING_HELD)
  for (let round = 0; round < ROUNDS; round += 1) {
    const result = evaluate(policy, subjects, options)
    if ('version' in result) return decided(result)
    await policy.load(result)
  }
  throw new Failure('policy-unavailable', 'The decision goes round')
}
