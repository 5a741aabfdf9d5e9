/**
 * CPU time of processes and pages. Unlike the time that passes, it doesn't depend on what else the machine does.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import type { Page } from 'playwright-core'

/** Length of the unit in which Linux counts CPU time. */
const TICK_MS = 10

/** Position of `utime` in /proc/PID/stat after the name of the process; then `stime`, `cutime`, `cstime`. */
const OWN = 11
const CHILDREN = 13

function ticksMs(pid: number | 'self', first: number): number {
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')
  const [user, system] = rest.split(' ').slice(first)
  return (Number(user) + Number(system)) * TICK_MS
}

/** Returns the milliseconds that all threads of a process have used. */
export const cpuMsOf = (pid: number): number => ticksMs(pid, OWN)

/** Returns the milliseconds that all commands have used that this process started and that have ended. */
export const commandsCpuMs = (): number => ticksMs('self', CHILDREN)

/** Returns a function that returns the milliseconds that the main thread of a page has used since the page was opened. */
export async function pageCpuMs(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page)
  await session.send('Performance.enable', { timeDomain: 'threadTicks' })
  return async () => {
    const { metrics } = await session.send('Performance.getMetrics')
    return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1_000
  }
}
