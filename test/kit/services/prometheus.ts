/**
 * A real Prometheus on a free port, which evaluates rules several times a second.
 *
 * @module
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { waitFor } from '../waits.ts'
import { freePort, isInstalled, remove, ServerProcess, temporaryFolder } from './process.ts'

/** Why tests with Prometheus are left out here, else false. */
export const noPrometheus = isInstalled('prometheus') ? false : 'prometheus is not installed'

/** Time between two questions of a wait. A shorter one would take the CPU from what is waited for. */
const ASK_MS = 100

export type Labels = Readonly<Record<string, string>>

/** An alert that is pending or fires, with its annotations filled in. */
export type Alert = Readonly<{
  labels: Labels
  annotations: Readonly<Record<string, string>>
  state: 'pending' | 'firing'
}>

/** Values of one series, as times in seconds and texts. */
export type Series = Readonly<{ metric: Labels; values: readonly (readonly [number, string])[] }>

export class Prometheus {
  readonly #port: number
  readonly #folder: string
  readonly #server: ServerProcess
  readonly #startedAt = Date.now() / 1_000

  private constructor(port: number, folder: string, server: ServerProcess) {
    this.#port = port
    this.#folder = folder
    this.#server = server
  }

  /**
   * @param config - its configuration
   * @param rules - files of rules that the configuration names, by name
   */
  static async start(config: string, rules: Readonly<Record<string, string>>): Promise<Prometheus> {
    const port = await freePort()
    const folder = temporaryFolder('prometheus')
    for (const [name, text] of Object.entries({ ...rules, 'prometheus.yaml': config }))
      writeFileSync(join(folder, name), text)
    const options = {
      'config.file': 'prometheus.yaml',
      'storage.tsdb.path': 'data',
      'web.listen-address': `127.0.0.1:${port}`,
    }
    const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
    const ready = /Server is ready to receive web requests/
    try {
      return new Prometheus(
        port,
        folder,
        await ServerProcess.start(['prometheus', ...args], folder, ready),
      )
    } catch (error) {
      remove(folder)
      throw error
    }
  }

  /** Alerts that are pending or fire now. */
  async alerts(): Promise<readonly Alert[]> {
    const { alerts } = (await this.#ask('alerts')) as { alerts: readonly Alert[] }
    return alerts
  }

  /** All values of an expression since the start, a second apart. */
  async values(expression: string): Promise<readonly Series[]> {
    const range = { start: `${this.#startedAt}`, end: `${Date.now() / 1_000}`, step: '1' }
    const query = new URLSearchParams({ query: expression, ...range })
    const { result } = (await this.#ask(`query_range?${query}`)) as { result: readonly Series[] }
    return result
  }

  /** Resolves with the result of a question, as soon as there is one. */
  async until<T>(what: string, question: () => Promise<T | undefined>): Promise<T> {
    return await waitFor(what, async () => {
      for (;;) {
        const result = await question()
        if (result !== undefined) return result
        await setTimeout(ASK_MS)
      }
    })
  }

  async stop(): Promise<void> {
    await this.#server.kill()
    remove(this.#folder)
  }

  async #ask(path: string): Promise<unknown> {
    const response = await fetch(`http://127.0.0.1:${this.#port}/api/v1/${path}`)
    const { status, data, error } = (await response.json()) as Record<string, unknown>
    if (status !== 'success') throw new Error(`Prometheus can't answer ${path}: ${error}`)
    return data
  }
}
