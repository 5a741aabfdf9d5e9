/**
 * Runs programs for a test process. When that process ends, ends the programs and removes their folders.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import { type KeeperMessage, type KeeperRequest, killGroup } from './keeper.ts'

/** Process groups of the running programs, and their folders. */
const running = new Map<number, string>()

process.on('message', ({ id, command, folder, env }: KeeperRequest) => {
  const [binary = '', ...args] = command
  const child = spawn(binary, args, {
    cwd: folder,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const { pid } = child
  if (pid !== undefined) running.set(pid, folder)
  child.on('spawn', () => tell({ id, pid: pid ?? 0 }))
  child.on('error', ({ message }) => tell({ id, failed: message }))
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => tell({ id, text }))
  child.on('close', code => {
    if (pid !== undefined) running.delete(pid)
    tell({ id, code })
  })
})

process.on('disconnect', () => {
  for (const group of running.keys()) killGroup(group)
  for (const folder of running.values()) rmSync(folder, { recursive: true, force: true })
  process.exit()
})

function tell(message: KeeperMessage): void {
  if (process.connected) process.send?.(message)
}
