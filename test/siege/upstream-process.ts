/**
 * Runs the upstream as a separate process, so that its work does not affect measurements.
 *
 * @module
 */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Upstream } from './upstream.ts'

/** Flaws of the requests that the upstream received. */
export type Complaints = Readonly<{ flaws: readonly string[]; aborted: boolean }>

export class UpstreamProcess {
  readonly #child: ChildProcess
  readonly url: string

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
  }

  static async start(): Promise<UpstreamProcess> {
    const child = fork(fileURLToPath(import.meta.url), ['upstream'], { execArgv: [] })
    const [url] = await once(child, 'message')
    return new UpstreamProcess(child, url as string)
  }

  /** @returns the flaws so far, including those of aborted uploads */
  async complaints(): Promise<Complaints> {
    this.#child.send('enough')
    const [complaints] = await once(this.#child, 'message')
    return complaints as Complaints
  }

  close(): void {
    this.#child.kill('SIGKILL')
  }
}

if (process.send && process.argv[2] === 'upstream') {
  const upstream = await Upstream.start()
  process.on('message', () => {
    const aborted = upstream.unfinished.some(bytes => bytes.includes('</m:CreateItem>'))
    process.send?.({ flaws: upstream.flaws, aborted })
  })
  process.on('disconnect', () => process.exit())
  process.send(upstream.url)
}
