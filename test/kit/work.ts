/**
 * Counts the work of code instead of its time: V8 counts how often each function runs.
 *
 * @module
 */

import { Session } from 'node:inspector/promises'

/**
 * Runs an action and returns how many calls of functions of source files it took.
 *
 * @param files - part of the URLs of the files, such as `/src/xml/`
 */
export async function countCalls(files: string, act: () => unknown): Promise<number> {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: false })
    await act()
    const { result } = await session.post('Profiler.takePreciseCoverage')
    await session.post('Profiler.stopPreciseCoverage')
    return result
      .filter(({ url }) => url.includes(files))
      .flatMap(({ functions }) => functions)
      .flatMap(({ ranges: [whole] }) => whole ?? [])
      .reduce((sum, { count }) => sum + count, 0)
  } finally {
    session.disconnect()
  }
}
