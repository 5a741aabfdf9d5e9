/**
 * Points of a gateway at which it can end, or from which on its disk is full. Used by all threads of the process.
 *
 * The stages of a point are `before` it, `within` it (after half of a write), and `after` it. Each is printed to standard
 * error: `point: before write segment 1`, where the number counts the points of one name.
 *
 * @module
 */

import { writeSync } from 'node:fs'
import { getEnvironmentData, isMainThread, setEnvironmentData } from 'node:worker_threads'

const SHARED = 'failpoints'

/** Number of the present count, whether the disk is full, length of the name of the point from which on it is, the name. */
const memory = isMainThread ? new SharedArrayBuffer(1_024) : getEnvironmentData(SHARED)
setEnvironmentData(SHARED, memory)
const state = new Int32Array(memory as SharedArrayBuffer, 0, 3)
const fullFrom = new Uint8Array(memory as SharedArrayBuffer, 12)

const fatal = process.env['FAILPOINT']
const counts = new Map<string, number>()
let counted = 0

// Other code may get a function that is itself a point.
const write = writeSync

/** Prints a line for the test. Waits for room if the test reads slowly. */
export function say(text: string): void {
  try {
    write(2, `${text}\n`)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    Atomics.wait(NEVER, 0, 0, WAIT_MS)
    say(text)
  }
}

const NEVER = new Int32Array(new SharedArrayBuffer(4))
const WAIT_MS = 1

/** Makes the disk full from a point on, or takes all writes again if it is empty. Points are counted from 1 again. */
export function fillFrom(point: string): void {
  const { written } = new TextEncoder().encodeInto(point, fullFrom)
  state.set([(state[0] ?? 0) + 1, 0, written])
}

/** Begins a point. @returns its name and number, or undefined if the disk is full */
export function begin(name: string): string | undefined {
  if (counted !== state[0]) counts.clear()
  counted = state[0] ?? 0
  const count = (counts.get(name) ?? 0) + 1
  counts.set(name, count)
  const point = `${name} ${count}`
  if (point === Buffer.from(fullFrom.slice(0, state[2])).toString()) {
    say(`full: ${point}`)
    state[1] = 1
  }
  if (state[1]) return undefined
  reach(`before ${point}`)
  return point
}

/** Ends the process if it was started to end at this stage. @param half - called before, if the process ends here */
export function reach(stage: string, half?: () => void): void {
  say(`point: ${stage}`)
  if (stage !== fatal) return
  half?.()
  process.kill(process.pid, 'SIGKILL')
}
