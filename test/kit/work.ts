/**
 * Counts the work of code instead of its time: V8 counts how often each block runs, exactly.
 *
 * @module
 */

import { Session } from 'node:inspector/promises'

/**
 * Runs an action and returns how often blocks of source files ran: bodies of functions, of loops, and branches.
 *
 * @param files - part of the URLs of the files, such as `/src/xml/`
 */
export async function countBlocks(files: string, act: () => unknown): Promise<number> {
  const session = new Session()
  session.connect()
  try {
    await session.post('Profiler.enable')
    await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
    await act()
    const { result } = await session.post('Profiler.takePreciseCoverage')
    await session.post('Profiler.stopPreciseCoverage')
    return result
      .filter(({ url }) => url.includes(files))
      .flatMap(({ functions }) => functions)
      .flatMap(({ ranges }) => ranges)
      .reduce((sum, { count }) => sum + count, 0)
  } finally {
    session.disconnect()
  }
}
