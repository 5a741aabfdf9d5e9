/**
 * Formats the report of a run.
 *
 * @module
 */

import { check, type Violation } from './checker.ts'
import { delaysOf, quantile, type Span } from './figures.ts'
import type { History } from './history.ts'
import { CALM, COMMAND_LINE, DEAF } from './phases.ts'
import type { RebuiltPolicy } from './policy.ts'
import type { Run } from './run.ts'

/** Fewer samples than this have no percentile. */
const FEW = 100
const FEW_MS = 2_000

/** Maximum delay of a revocation at the 99th percentile, and the gateways that are measured. */
const BARS: Readonly<Record<string, Readonly<{ p99Ms: number; gateways?: readonly number[] }>>> = {
  [CALM]: { p99Ms: 1_000 },
  [DEAF]: { p99Ms: 2_000, gateways: [1] },
  [COMMAND_LINE]: { p99Ms: 2_000 },
}

/** Maximum number of examples for each kind of violation. */
const EXAMPLES = 5

/**
 * Prints all figures.
 *
 * @param isTimed - whether goals for durations count
 * @returns whether there is no violation and every goal was reached
 */
export async function report(
  run: Run,
  print: (line: string) => void,
  isTimed: boolean,
): Promise<boolean> {
  const history = await run.environment.history()
  const violations = check(history)
  print('')
  for (const phase of run.phases) printDelays(run, history, phase, print)
  print('')
  for (const [kind, count] of [...run.environment.faults].toSorted())
    print(`${String(count).padStart(6)}  ${kind}`)
  const faults = [...run.environment.faults.values()].reduce((sum, count) => sum + count, 0)
  print('')
  print(row('faults injected', faults))
  print(row('changes acknowledged', history.changes.filter(({ isKnown }) => isKnown).length))
  print(row('changes unacknowledged', history.changes.filter(({ isKnown }) => !isKnown).length))
  print(row('requests', history.seen.length))
  for (const verdict of ['busy', 'failed', 'lost'] as const)
    print(row(`  ${verdict}`, history.seen.filter(seen => seen.verdict === verdict).length))
  print(row('decisions checked', history.decisions.length))
  if (run.rebuilt) print(rebuiltLine(run.rebuilt))
  print(row('violations', violations.length))
  for (const { number, ends } of run.environment.gateways)
    for (const output of ends) run.must(false, `gateway ${number} ended unexpectedly: ${output}`)
  printViolations(violations, print)
  printFailures(history, print)
  for (const reason of run.environment.unacknowledged.slice(0, EXAMPLES))
    print(`unacknowledged: ${reason}`)
  for (const missed of run.missed) print(`missed: ${missed}`)
  for (const slow of run.slow) print(`slow: ${slow}`)
  const isFast = run.slow.length === 0 || !isTimed
  return violations.length === 0 && run.missed.length === 0 && isFast
}

const row = (name: string, value: number) => `${name.padEnd(24)} ${String(value).padStart(8)}`

const rebuiltLine = ({ changes, objects, differences }: RebuiltPolicy) =>
  `policy from the journals: changes folded ${changes}  objects compared ${objects}  differences ${differences.length}`

function printDelays(
  run: Run,
  history: History,
  { name, ...span }: Span & Readonly<{ name: string }>,
  print: (line: string) => void,
): void {
  const bar = BARS[name]
  if (bar === undefined) return
  const { delays, unseen } = delaysOf(history, span, bar.gateways)
  const barMs = delays.length < FEW ? FEW_MS : bar.p99Ms
  const [p50, p99, most] = [quantile(delays, 0.5), quantile(delays, 0.99), delays.at(-1)]
  print(
    `revocation to denial, ${name}: p50 ${p50} ms, p99 ${p99} ms, max ${most} ms ` +
      `(${delays.length} measured, bar p99 < ${barMs} ms)`,
  )
  run.must(p99 !== undefined, `${name}: no revocation was measured`)
  run.mustTakeLess(p99 ?? 0, barMs, `${name}: p99 from revocation to denial`)
  run.must(unseen === 0, `${name}: ${unseen} revocations never took effect`)
}

export function printViolations(
  violations: readonly Violation[],
  print: (line: string) => void,
): void {
  for (const [rule, all] of Map.groupBy(violations, violation => violation.rule)) {
    print(`violation: ${rule}, ${all.length} times`)
    for (const { permission, gateway, at, text } of all.slice(0, EXAMPLES))
      print(`  gateway ${gateway}, ${permission}, ${new Date(at).toISOString()}: ${text}`)
  }
}

function printFailures({ seen }: History, print: (line: string) => void): void {
  const failed = seen.filter(({ verdict }) => verdict === 'failed')
  for (const { gateway, permission, sentAt, answeredAt, why } of failed.slice(0, EXAMPLES))
    print(
      `failed: gateway ${gateway}, ${permission}, ${new Date(sentAt).toISOString()}, ` +
        `after ${answeredAt - sentAt} ms: ${why}`,
    )
}
