/**
 * Counts the work of code instead of its time: V8 counts how often each function and each branch runs.
 *
 * @module
 */

import { type Profiler, Session } from 'node:inspector/promises'
import { promiseHooks } from 'node:v8'

/**
 * Runs an action and returns how many calls of functions of source files it took.
 *
 * @param files - part of the URLs of the files, such as `/src/xml/`
 */
export async function countCalls(files: string, act: () => unknown): Promise<number> {
  const [calls = 0] = await countEachCall(files, [act])
  return calls
}

/** Does the same for each of several actions. */
export const countEachCall = (
  files: string,
  acts: readonly (() => unknown)[],
): Promise<readonly number[]> => count(files, acts, false)

/** Does the same for each of several actions, and also counts the runs of loop bodies and branches. */
export const countSteps = (
  files: string,
  acts: readonly (() => unknown)[],
): Promise<readonly number[]> => count(files, acts, true)

async function count(files: string, acts: readonly (() => unknown)[], detailed: boolean) {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed })
    const counts: number[] = []
    for (const act of acts) {
      await act()
      // This also sets all counts to zero.
      const { result } = await session.post('Profiler.takePreciseCoverage')
      counts.push(sumOf(result.filter(({ url }) => url.includes(files))))
    }
    await session.post('Profiler.stopPreciseCoverage')
    return counts
  } finally {
    session.disconnect()
  }
}

const sumOf = (scripts: readonly Profiler.ScriptCoverage[]) =>
  scripts
    .flatMap(({ functions }) => functions)
    .flatMap(({ ranges }) => ranges)
    .reduce((sum, { count }) => sum + count, 0)

/** A place of a stack that is in a file: not in Node.js, and not native. */
const IN_FILE = /^ +at .*file:\/\/\/?(\S+)/m

/** Runs an action and returns how many promises functions made in files whose URLs match. */
export async function countPromises(files: RegExp, act: () => Promise<unknown>): Promise<number> {
  let count = 0
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 10
  const stop = promiseHooks.onInit(() => {
    const [, file = ''] =
      IN_FILE.exec(new Error('here').stack?.split('\n').slice(3).join('\n') ?? '') ?? []
    if (files.test(file)) count += 1
  })
  try {
    await act()
  } finally {
    stop()
    Error.stackTraceLimit = stackTraceLimit
  }
  return count
}

/** Runs an action and returns how many bytes were copied from one buffer to another during it. */
export async function countCopied(act: () => Promise<unknown>): Promise<number> {
  const { concat } = Buffer
  const { copy, set } = Buffer.prototype
  let count = 0
  Buffer.concat = (list, length) => {
    const bytes = concat(list, length)
    count += bytes.length
    return bytes
  }
  Buffer.prototype.copy = function (this: Buffer, ...args: Parameters<Buffer['copy']>) {
    const bytes = copy.apply(this, args)
    count += bytes
    return bytes
  }
  Buffer.prototype.set = function (this: Buffer, from: ArrayLike<number>, offset?: number) {
    count += from.length
    set.call(this, from, offset)
  }
  try {
    await act()
  } finally {
    Object.assign(Buffer, { concat })
    Object.assign(Buffer.prototype, { copy })
    Reflect.deleteProperty(Buffer.prototype, 'set')
  }
  return count
}
