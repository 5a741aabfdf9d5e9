/**
 * A warm process that runs test files, replaced when the next run cannot use it.
 *
 * @module
 */

import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Order, Report } from './job.ts'

const JOB = fileURLToPath(new URL('./job.ts', import.meta.url))

/** Node.js never unloads a module, so the memory of a process grows with each run. */
const RUNS_PER_PROCESS = 100

/** Exit code of a process in which something fails between two runs. */
const UNFIT = 70

type Exit = Readonly<{ code: number | null }>

export class WarmProcess {
  #child: ChildProcess | undefined
  #runs = 0

  /** Runs one test file. A run that never ends has failed. */
  async run(order: Order): Promise<Report> {
    const child = this.#started()
    const ended = endOf(child)
    child.send(order, () => undefined)
    const end = await ended
    if ('isDirty' in end && !end.isDirty) return end
    this.close()
    if ('isDirty' in end) return end
    if (end.code === UNFIT) return await this.run(order)
    const failure = end.code === null ? 'the tests never end' : 'the process ended'
    return { failure, cost: order.limit, isDirty: true }
  }

  close(): void {
    this.#child?.kill('SIGKILL')
    this.#child = undefined
  }

  #started(): ChildProcess {
    this.#runs++
    if (this.#runs % RUNS_PER_PROCESS === 0) this.close()
    if (this.#child?.connected && this.#child.exitCode === null) return this.#child
    // The timeout of tap's own root test would end the process.
    const env = { ...process.env, TAP_TIMEOUT: '0' }
    this.#child = fork(JOB, { env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] })
    return this.#child
  }
}

/** Waits for the report of a run, or for the exit of its process. */
function endOf(child: ChildProcess): Promise<Report | Exit> {
  return new Promise(resolve => {
    const onExit = (code: number | null) => settle({ code })
    // Tap sends messages of its own.
    const onMessage = (message: { report?: Report }) => message.report && settle(message.report)
    child.once('exit', onExit)
    child.on('message', onMessage)
    function settle(end: Report | Exit) {
      child.off('exit', onExit)
      child.off('message', onMessage)
      resolve(end)
    }
  })
}
