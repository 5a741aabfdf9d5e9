/**
 * Runs one test file after the other, each with one changed source file, in one warm process.
 *
 * Packages stay loaded. Every run loads sources and tests again under URLs of its own, so no state
 * of a module outlives its run.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { pathToFileURL } from 'node:url'
import { Worker } from 'node:worker_threads'
import { Test } from 'tap'
import { followNoPromises } from '../../kit/follow-no-promises.ts'

/** One test file to run. */
export type Order = Readonly<{
  /** Absolute path of the checkout. */
  root: string
  /** Path of the test file in the checkout. */
  test: string
  /** Source file that differs from the checkout. Absent: measures what the tests run. */
  change?: Readonly<{ file: string; text: string }>
  /** Highest cost; a run that costs more never ends. */
  limit: Cost
}>

/** Cost of a run. */
export type Cost = Readonly<{
  cpuMs: number
  /** Times that the event loop found the ticking timer due. None passes while the process starves. */
  ticks: number
}>

/** Part of a file, and whether it ran. The smallest part around a position decides. */
export type Range = readonly [start: number, end: number, ran: boolean]

/** Result of a run. */
export type Report = Readonly<{
  /** First failure; absent: all tests passed. */
  failure?: string
  /** Code that ran of each source file; only without a change. */
  ranges?: Readonly<Record<string, readonly Range[]>>
  cost: Cost
  /** Whether the run left sockets or timers behind. */
  isDirty: boolean
}>

/** Key of the current run's root test on the global object. */
const ROOT_TEST = 'ews-gateway.mutants'
const TAP = 'mutants:tap'
const TAP_SOURCE = `export default globalThis[Symbol.for('${ROOT_TEST}')]`

/** Watches the CPU time of the process in a thread, because an endless loop stops everything else. */
const WATCHDOG = `
  const { parentPort } = require('node:worker_threads')
  const used = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }
  let until = Infinity
  parentPort.on('message', limitMs => { until = used() + limitMs })
  setInterval(() => { if (used() > until) process.kill(process.pid, 'SIGKILL') }, 50)
`

const TICK_MS = 50

const watchdog = new Worker(WATCHDOG, { eval: true })
watchdog.unref()
let run = 0
let order: Order | undefined
let fail: (error: unknown) => void = leave
const stripped = new Map<string, string>()

process.on('uncaughtException', error => fail(error))
process.on('unhandledRejection', error => fail(error))
process.on('message', (next: Order) => {
  void handle(next).then(report => process.send?.({ report }))
})

registerHooks({
  resolve(specifier, context, next) {
    if (specifier === 'tap') return { url: `${TAP}?${run}`, format: 'module', shortCircuit: true }
    const resolved = next(specifier, context)
    return ownPath(resolved.url) ? { ...resolved, url: versioned(resolved.url) } : resolved
  },
  load(url, context, next) {
    if (url.startsWith(TAP)) return { format: 'module', source: TAP_SOURCE, shortCircuit: true }
    const path = ownPath(url)
    return path
      ? { format: 'module', source: sourceOf(path), shortCircuit: true }
      : next(url, context)
  },
})

/** Ends the process: a failure between runs belongs to none of them. */
function leave() {
  process.exit(70)
}

/** Returns the path of a source, a fixture, or a test in the checkout. */
function ownPath(url: string): string | undefined {
  const [plain = ''] = url.split('?')
  const root = order && pathToFileURL(`${order.root}/`).href
  if (root === undefined || !plain.startsWith(root)) return undefined
  const path = plain.slice(root.length)
  return /^(src|sandbox|fixtures|test|scripts)\/.*\.ts$/.test(path) ? path : undefined
}

/** Returns the URL of a file in this run. It ends as the file's name does, because a source can test its own ending. */
const versioned = (url: string) => `${url.split('?')[0]}?${run}.ts`

function sourceOf(path: string): string {
  if (path === order?.change?.file) return stripTypeScriptTypes(order.change.text)
  const source =
    stripped.get(path) ?? stripTypeScriptTypes(readFileSync(`${order?.root}/${path}`, 'utf8'))
  stripped.set(path, source)
  return source
}

async function handle(next: Order): Promise<Report> {
  run++
  order = next
  const resources = process.getActiveResourcesInfo().length
  const coverage = next.change ? undefined : await startCoverage()
  const began = process.cpuUsage()
  watchdog.postMessage(next.limit.cpuMs)
  let ticks = 0
  const ticking = setInterval(() => {
    ticks++
    if (ticks > next.limit.ticks) fail('the tests wait without end')
  }, TICK_MS).unref()
  const first = await failureOf(next)
  clearInterval(ticking)
  watchdog.postMessage(Number.POSITIVE_INFINITY)
  const { user, system } = process.cpuUsage(began)
  let late: string | undefined
  fail = error => {
    late ??= String(error)
  }
  // Other tests of the file may still run, and what they started may still be closing.
  await new Promise(setImmediate)
  fail = leave
  const isDirty = late !== undefined || process.getActiveResourcesInfo().length > resources
  const failure = first ?? late
  const ranges = await coverage?.()
  return {
    ...(failure !== undefined && { failure }),
    ...(ranges && { ranges }),
    cost: { cpuMs: (user + system) / 1000, ticks },
    isDirty,
  }
}

/** Runs a test file up to its first failure. */
async function failureOf({ root, test }: Order): Promise<string | undefined> {
  const tap = new Test({ name: test, bail: true, timeout: 0 })
  Object.assign(globalThis, { [Symbol.for(ROOT_TEST)]: tap })
  followNoPromises(tap)
  tap.runMain(() => undefined)
  tap.resume()
  const failed = Promise.withResolvers<string>()
  fail = error => failed.resolve(String(error))
  // Without the channel, the process reaches its end if the tests wait for nothing.
  process.channel?.unref()
  const starve = () => fail('the tests never end')
  process.once('beforeExit', starve)
  tap.once('bailout', reason => failed.resolve(String(reason)))
  const ended = new Promise<void>(resolve => tap.once('end', resolve))
  const passed = async () => {
    await import(versioned(pathToFileURL(`${root}/${test}`).href))
    tap.end()
    await ended
    return tap.passing() ? undefined : (tap.lists.fail[0]?.name ?? 'a test failed')
  }
  try {
    return await Promise.race([failed.promise, passed()])
  } catch (error) {
    return String(error)
  } finally {
    process.off('beforeExit', starve)
    process.channel?.ref()
  }
}

/** Measures code that runs from now on. @returns function that ends the measurement and returns the ranges */
async function startCoverage(): Promise<() => Promise<Report['ranges']>> {
  const session = new Session()
  session.connect()
  await session.post('Profiler.enable')
  await session.post('Profiler.startPreciseCoverage', { callCount: false, detailed: true })
  return async () => {
    const { result } = await session.post('Profiler.takePreciseCoverage')
    await session.post('Profiler.stopPreciseCoverage')
    session.disconnect()
    const ranges = result
      .filter(({ url }) => url === versioned(url) && ownPath(url)?.startsWith('src/'))
      .map(({ url, functions }) => {
        const all = functions.flatMap(each => each.ranges)
        return [ownPath(url), all.map(each => [each.startOffset, each.endOffset, each.count > 0])]
      })
    return Object.fromEntries(ranges)
  }
}
