/**
 * A gateway with points at which it ends or its disk is full: a process that the test drives.
 *
 * @module
 */

import { join } from 'node:path'
import type { Test } from 'tap'
import { Command } from '../kit/command.ts'
import { readPorts } from '../kit/serving.ts'
import { waitFor } from '../kit/waits.ts'
import type { Instruction } from './preload.ts'

// A URL, because NODE_OPTIONS ends a path at a space.
const PRELOAD = new URL('preload.ts', import.meta.url).href
const POINT = /^point: (.+)$/gm
const FULL = /^full: /gm

/** Returns the name of a point or a stage, without its number. */
export const nameOf = (point: string) => point.slice(0, point.lastIndexOf(' '))

/**
 * Returns the names of points that were reached by no number: `write copy` if neither `write copy 1` nor
 * `write copy 2` was. How often a name comes differs from run to run: consumers write together what they read together.
 */
export function unvisited(
  points: readonly string[],
  visited: readonly string[],
): readonly string[] {
  const reached = new Set(visited.map(nameOf))
  return [...new Set(points.map(nameOf))].filter(name => !reached.has(name))
}

export type PointOptions = Readonly<{
  /** Holds the configuration, `gateway.yaml`. */
  folder: string
  /** Time by which its clock is ahead, in milliseconds. */
  aheadMs: number
  /** Stage of a point at which it ends, such as `after write segment 1 1`. */
  fatal?: string | undefined
}>

export class PointGateway {
  readonly command: Command
  #instructions = 0
  #freed = 0
  #ports: Awaited<ReturnType<typeof readPorts>> | undefined

  constructor(t: Test, { folder, aheadMs, fatal }: PointOptions) {
    this.command = new Command(t, ['serve', '--config', join(folder, 'gateway.yaml')], {
      cwd: folder,
      env: {
        NODE_OPTIONS: `--import=${PRELOAD}`,
        AHEAD_MS: String(aheadMs),
        ...(fatal !== undefined && { FAILPOINT: fatal }),
      },
    })
    this.command.child.stdin?.on('error', () => undefined)
  }

  /** Whether it has ended. */
  get isOver(): boolean {
    return this.command.isOver
  }

  /** Stages of points that it has reached, in their order. */
  get stages(): readonly string[] {
    return [...this.command.err.matchAll(POINT)].map(([, stage = '']) => stage)
  }

  /** Whether a write has met the full disk. */
  get isFull(): boolean {
    return (this.command.err.match(FULL) ?? []).length > this.#freed
  }

  /** Waits until it is ready, or has ended. */
  async begin(): Promise<void> {
    this.#ports = await readPorts(this.command).catch(() => undefined)
    if (this.#ports === undefined) await this.command.ended
  }

  /**
   * Waits for a condition, for the end of the gateway, or until its disk is full. Looks again whenever the gateway
   * prints something, because it prints a line after each write. A condition that rejects doesn't hold.
   */
  async until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
    await waitFor(what, async wait => {
      const holds = async () => await condition()
      for (;;) {
        const { next } = this.command
        const isReached = await holds().catch(error => {
          wait.error = error
        })
        if (this.isOver || this.isFull || isReached) return
        await next
      }
    })
  }

  /** Has it carry out an instruction, unless it has ended. */
  async instruct(instruction: Omit<Instruction, 'id'>): Promise<void> {
    this.#instructions += 1
    const id = this.#instructions
    this.command.child.stdin?.write(`${JSON.stringify({ id, ...instruction })}\n`)
    const hasObeyed = () => this.command.err.includes(`obeyed ${id}.`)
    await waitFor(`instruction ${id}`, async () => {
      while (!(this.isOver || hasObeyed())) await this.command.next
    })
  }

  /** Takes all writes again. */
  async free(): Promise<void> {
    await this.instruct({ full: '' })
    this.#freed = (this.command.err.match(FULL) ?? []).length
  }

  /** Posts to a listener. @returns status and text; undefined if there is no answer */
  async post(
    listener: 'data' | 'control',
    headers: Readonly<Record<string, string>>,
    body: string,
  ): Promise<Readonly<{ status: number; text: string }> | undefined> {
    const port = this.#ports?.[`${listener}Port`]
    const path = listener === 'data' ? 'EWS/Exchange.asmx' : ''
    try {
      const response = await fetch(`http://127.0.0.1:${port}/${path}`, {
        method: 'POST',
        headers: { ...headers, Connection: 'close' },
        body,
      })
      return { status: response.status, text: await response.text() }
    } catch {
      return undefined
    }
  }

  /** Status and checks of `/readyz`. */
  async readiness(): Promise<Readonly<{ status: number; text: string }>> {
    const response = await fetch(`http://127.0.0.1:${this.#ports?.opsPort}/readyz`)
    return { status: response.status, text: await response.text() }
  }
}
