/**
 * Tries the mutants of a range of numbers, each in one role.
 *
 * @module
 */

import { CanaryGateway, type CanaryRole, ROLES } from './canary-gateway.ts'
import { CanaryMailboxes } from './canary-mailboxes.ts'
import { CanaryMutants } from './canary-mutants.ts'
import { excessOf } from './canary-verdict.ts'
import { readByAll } from './compare.ts'
import { Counter, MAX_FINDINGS } from './part.ts'

export type CanaryRange = Readonly<{
  root: string
  seed: number
  from: number
  to: number
  step: number
}>

export type CanaryTried = Readonly<{
  roles: number
  outcomes: readonly (readonly [string, number])[]
  /** Forwarded ones by operation. */
  operations: readonly (readonly [string, number])[]
  /** Number of mutants that read a canary. */
  reading: number
  findings: readonly string[]
}>

/** Tries all mutants of a range. */
export async function tryCanaries(range: CanaryRange): Promise<CanaryTried> {
  const { root, seed, from, to, step } = range
  const mailboxes = new CanaryMailboxes()
  const gateway = await CanaryGateway.of(root, mailboxes)
  const mutants = new CanaryMutants(seed, mailboxes)
  const [outcomes, operations] = [new Counter(), new Counter()]
  const findings: string[] = []
  let reading = 0
  const tryOne = async (number: number, by: CanaryRole): Promise<string | undefined> => {
    const outcome = await gateway.handle(mutants.mutant(number, by.limits), by)
    outcomes.add(outcome.kind === 'forwarded' ? 'forwarded' : outcome.reason)
    if (outcome.kind !== 'forwarded') return undefined
    const { bytes, actAs, requestElement } = outcome
    operations.add(requestElement)
    const { meant, disagreement } = readByAll(bytes)
    if (disagreement !== undefined) return disagreement
    if (typeof meant === 'string') return meant
    return mailboxes.run(bytes, number % 4 === 0, run => {
      if (mailboxes.heardIn(run.answer).length > 0) reading += 1
      return excessOf({ by, actAs, meant, run, mailboxes })
    })
  }
  const { stackTraceLimit } = Error
  // Most mutants are rejected, and nothing reads the stack traces.
  Error.stackTraceLimit = 1
  for (let number = from; number < to; number += step) {
    const by = ROLES[number % ROLES.length] as CanaryRole
    const flaw = await tryOne(number, by)
    if (flaw === undefined) continue
    outcomes.add('FINDING')
    if (findings.length < MAX_FINDINGS)
      findings.push(`mutant ${number} of seed ${seed} in ${by.words} ${flaw}`)
  }
  Error.stackTraceLimit = stackTraceLimit
  return {
    roles: ROLES.length,
    outcomes: outcomes.entries(),
    operations: operations.entries(),
    reading,
    findings,
  }
}
