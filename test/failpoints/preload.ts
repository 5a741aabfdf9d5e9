/**
 * Loaded into a gateway before its own code, in all of its threads: makes points of its writes, and lets the test run
 * its timers and set its clock.
 *
 *   FAILPOINT='after write segment 1 1' node --import test/failpoints/preload.ts src/main.ts serve …
 *
 * Commands come on standard input, one line of JSON each.
 *
 * @module
 */

import { syncBuiltinESMExports } from 'node:module'
import threads, { isMainThread } from 'node:worker_threads'
import { watchPostgres, watchSqlite } from './databases.ts'
import { watchFiles } from './files.ts'
import { fillFrom, say } from './points.ts'

export type Instruction = Readonly<{
  /** Printed when it was carried out. */
  id: number
  /** Makes the disk full from this point on, such as `write segment 1 1`; empty: takes all writes again. */
  full?: string
  /** Runs the timers of this interval, in milliseconds. */
  tick?: number
  /** Time by which the clock is ahead, in milliseconds; with `tick`, only while the timers begin. */
  aheadMs?: number
}>

/** Intervals of the timers that run only at an instruction, in milliseconds. */
const MANUAL: ReadonlySet<number> = new Set([500, 5_000, 10_000, 600_000])

const NEVER_MS = 2 ** 31 - 1

/** A thread gets the same preload as the process. */
class Worker extends threads.Worker {
  constructor(file: string | URL, options?: threads.WorkerOptions) {
    super(file, { ...options, execArgv: ['--import', import.meta.url] })
  }
}

function holdTimers(): (ms: number) => void {
  const { setInterval } = globalThis
  const held: Readonly<{ callback: () => void; ms: number }>[] = []
  const holding = (callback: () => void, ms: number) => {
    if (!MANUAL.has(ms)) return setInterval(callback, ms)
    held.push({ callback, ms })
    return setInterval(callback, NEVER_MS)
  }
  globalThis.setInterval = holding as typeof setInterval
  return due => {
    for (const { callback, ms } of held) if (ms === due) callback()
  }
}

function setClock(): (aheadMs: number) => void {
  const { now } = Date
  let ahead = Number(process.env['AHEAD_MS'])
  Date.now = () => now() + ahead
  return ms => {
    ahead = ms
  }
}

function obeyFrom(input: NodeJS.ReadStream): void {
  const tickAll = holdTimers()
  const setAhead = setClock()
  let usual = Number(process.env['AHEAD_MS'])
  const obey = ({ id, full, tick, aheadMs }: Instruction) => {
    if (full !== undefined) fillFrom(full)
    if (aheadMs !== undefined) setAhead(aheadMs)
    if (tick === undefined) usual = aheadMs ?? usual
    else tickAll(tick)
    setAhead(usual)
    say(`obeyed ${id}.`)
  }
  let text = ''
  input.setEncoding('utf8').on('data', chunk => {
    const lines = `${text}${chunk}`.split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) obey(JSON.parse(line))
  })
  input.unref()
}

watchFiles()
watchSqlite()
watchPostgres()
threads.Worker = Worker
syncBuiltinESMExports()
if (isMainThread) obeyFrom(process.stdin)
