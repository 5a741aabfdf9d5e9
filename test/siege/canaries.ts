/**
 * Sends requests past the simulated gateway into mailboxes with canaries, in roles with each profile, each switch of the
 * guard, and other limits. No role may have an effect that the documentation excludes.
 *
 * @module
 */

import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import { ACCEPTED, acceptedBy, keyOf } from './canary-accepted.ts'
import { isConstructed } from './canary-constructed.ts'
import { neverShown } from './canary-coverage.ts'
import { ALL_EFFECTS } from './canary-operations.ts'
import { SUBJECTS } from './canary-roles.ts'
import {
  type CanaryFinding,
  type CanaryRange,
  type CanaryTried,
  tryCanaries,
} from './canary-trial.ts'
import { Counter, type PartReport, type RunOptions } from './part.ts'

/** The long form tries more than 100,000 constructed requests for each kind of role. */
const COUNT = { short: 20_000, long: SUBJECTS.length * 140_000 }
const MUTANTS = 4
/** Number of requests from which each kind of role must have done all that the documentation allows. */
const SHOWING = SUBJECTS.length * 100_000
/** Effects that less than one in a million requests has, so that a full run can miss them. */
const RARE: ReadonlySet<string> = new Set([
  'ApplyConversationAction archives later',
  'UpdateFolder makes rules',
  'UploadItems installs apps',
])
/** Minimum share of the requests that are forwarded. With fewer, the part shows little. */
const MIN_FORWARDED_SHARE = 0.2

export type CanaryOptions = Pick<RunOptions, 'root' | 'seed' | 'short' | 'count'> &
  Partial<Pick<RunOptions, 'only' | 'operation'>> &
  Readonly<{
    /** One of this many requests is a mutant of a real one. */
    mutants?: number
  }>

export async function canaries(options: CanaryOptions): Promise<PartReport> {
  const { root, seed, short, count, only, operation, mutants = MUTANTS } = options
  const to = only === undefined ? (count ?? COUNT[short ? 'short' : 'long']) : only + 1
  const isAlone = short || only !== undefined
  const step = isAlone ? 1 : Math.min(availableParallelism(), 8)
  const ranges = Array.from({ length: step }, (_, from) => ({
    root,
    seed,
    from: only ?? from,
    to,
    step,
    operation,
    mutants,
  }))
  // To load what a thread needs costs more than few requests.
  const tried = await Promise.all(ranges.map(isAlone ? tryCanaries : workOn))
  return reportOf(tried, only === undefined ? to : 1, seed, operation !== undefined)
}

/** @param isFocused - whether all requests are for one operation, which many roles can't use */
function reportOf(
  tried: readonly CanaryTried[],
  count: number,
  seed: number,
  isFocused: boolean,
): PartReport {
  const [outcomes, operations, shown] = ['outcomes', 'operations', 'shown'].map(name =>
    merged(tried.map(one => one[name as 'outcomes' | 'operations' | 'shown'])),
  ) as [Counter, Counter, Counter]
  const sum = (of: (one: CanaryTried) => number) => tried.reduce((total, one) => total + of(one), 0)
  const found = grouped(tried.flatMap(one => one.findings))
  const findings = found.filter(one => !acceptedBy(one)).map(one => wordsOf(one, seed))
  const forwarded = outcomes.count('forwarded')
  if (!isFocused && count > SUBJECTS.length && forwarded < count * MIN_FORWARDED_SHARE)
    findings.push(`only ${forwarded} were forwarded: too few`)
  if (count >= SHOWING) findings.push(...missing(found, shown))
  return {
    part: 'canaries',
    tried: count,
    lines: [
      `requests in ${SUBJECTS.length} kinds of roles, seed ${seed}: ${outcomes}`,
      `${sum(one => one.reading)} read a canary and ${sum(one => one.writing)} changed or sent something inside of their limits`,
      `forwarded: ${operations}`,
      ...found.flatMap(one => {
        const accepted = acceptedBy(one)
        return accepted ? [`known (${accepted.why}): ${wordsOf(one, seed)}`] : []
      }),
    ],
    findings,
  }
}

/** Returns what a long run must find, and didn't. */
const missing = (found: readonly CanaryFinding[], shown: Counter): readonly string[] => [
  ...neverShown(shown, isConstructed).map(what => `no request did what its role can: ${what}`),
  ...ALL_EFFECTS.filter(name => shown.count(name) === 0 && !RARE.has(name)).map(
    name => `no request had the effect of canary-operations.ts: ${name}`,
  ),
  ...ACCEPTED.filter(({ finding }) => !found.some(one => finding.test(keyOf(one)))).map(
    ({ why }) => `no longer found, so remove it from canary-accepted.ts: ${why}`,
  ),
]

function merged(counts: readonly (readonly (readonly [string, number])[])[]): Counter {
  const counter = new Counter()
  for (const [name, count] of counts.flat()) counter.add(name, count)
  return counter
}

/** Returns one finding of each kind: the one with the lowest number. */
const grouped = (findings: readonly CanaryFinding[]): CanaryFinding[] =>
  [...Map.groupBy(findings, keyOf).values()].map(group => ({
    ...group.reduce((one, other) => (other.number < one.number ? other : one)),
    count: group.reduce((sum, { count }) => sum + count, 0),
  }))

const wordsOf = (finding: CanaryFinding, seed: number) => {
  const { operation, effect, promise, count, number, role, server, detail, request } = finding
  return (
    `${operation} ${effect}${detail ? ` (${detail})` : ''}, against "${promise}", ${count} times: first request ` +
    `${number} of seed ${seed}, in ${role}, before ${server}: ${request}`
  )
}

function workOn(range: CanaryRange): Promise<CanaryTried> {
  const worker = new Worker(new URL('./canary-worker.ts', import.meta.url), { workerData: range })
  return new Promise((resolve, reject) => {
    worker.once('message', resolve).once('error', reject)
    worker.once('exit', code => reject(new Error(`A worker ended with ${code}`)))
  })
}
