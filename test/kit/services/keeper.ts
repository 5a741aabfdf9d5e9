/**
 * Starts programs from a small process, the keeper, which ends them if this process ends without cleanup.
 *
 * A process of tests has up to a gigabyte, and to start a program, the kernel copies the tables of its memory: 47 ms of
 * CPU time at 560 MB, 3 ms in the keeper.
 *
 * @module
 */

import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import { codeOf } from '../../../src/model/file-problem.ts'

export type KeeperRequest = Readonly<{
  id: number
  command: readonly string[]
  /** Working directory, which is removed if this process ends first. */
  folder: string
  env: NodeJS.ProcessEnv
}>

export type KeeperMessage = Readonly<
  { id: number } & (
    | { pid: number }
    | { failed: string }
    | { text: string }
    /** Exit code of a program whose output has ended too. Null: a signal ended it. */
    | { code: number | null }
  )
>

export type Listener = (message: KeeperMessage) => void

const PROGRAM = join(import.meta.dirname, 'keeper-process.ts')

let keeper: ChildProcess | undefined
const listeners = new Map<number, Listener>()
let requests = 0

/** Starts a program. The listener is called until the program has ended or failed to start. */
export function keep(request: Omit<KeeperRequest, 'id'>, listener: Listener): void {
  const id = ++requests
  listeners.set(id, listener)
  keeper ??= startKeeper()
  // This process stays while a program runs.
  keeper.channel?.ref()
  keeper.send({ id, ...request } satisfies KeeperRequest)
}

function startKeeper(): ChildProcess {
  // A debugger or a profiler is for the tests.
  const child = fork(PROGRAM, { execArgv: [], detached: true })
  child.unref()
  child.on('message', (message: KeeperMessage) => {
    listeners.get(message.id)?.(message)
    if (!('code' in message || 'failed' in message)) return
    listeners.delete(message.id)
    if (listeners.size === 0) child.channel?.unref()
  })
  return child
}

/** Kills all processes of a group, which can have ended already. */
export function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error
  }
}
