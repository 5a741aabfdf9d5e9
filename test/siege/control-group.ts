/**
 * A control group with a limit of memory, for a process that must not need more.
 *
 * @module
 */

import { mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const REMOVAL_MS = 5_000

/**
 * Each version of control groups: the file with a process's group, the folder of groups, and the file of
 * the limit.
 */
const VERSIONS = [
  { root: '/sys/fs/cgroup', line: /^0::(.*)$/m, limit: 'memory.max' },
  {
    root: '/sys/fs/cgroup/memory',
    line: /^\d+:(?:[\w,]+,)?memory(?:,[\w,]+)?:(.*)$/m,
    limit: 'memory.limit_in_bytes',
  },
] as const

export class ControlGroup {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  /** Makes a group below that of this process, or returns undefined if that cannot be. */
  static make(bytes: number): ControlGroup | undefined {
    const own = readFileSync('/proc/self/cgroup', 'utf8')
    for (const { root, line, limit } of VERSIONS) {
      const group = line.exec(own)?.[1]
      if (group === undefined) continue
      const folder = join(root, group, `ews-gateway-siege-${process.pid}`)
      try {
        mkdirSync(folder)
      } catch {
        continue
      }
      try {
        // The kernel makes the file. Elsewhere it would be one like any other.
        writeFileSync(join(folder, limit), String(bytes), { flag: 'r+' })
        return new ControlGroup(folder)
      } catch {
        rmdirSync(folder)
      }
    }
    return undefined
  }

  /** Begins a command within the group. */
  wrap(command: readonly string[]): readonly string[] {
    const script = 'echo $$ > "$0" && exec "$@"'
    return ['/bin/sh', '-c', script, join(this.#folder, 'cgroup.procs'), ...command]
  }

  /** Removes the group. Its processes have ended, which the kernel may notice a little later. */
  async remove(): Promise<void> {
    for (const late = performance.now() + REMOVAL_MS; ; ) {
      try {
        rmdirSync(this.#folder)
        return
      } catch (error) {
        if (performance.now() > late) throw error
        await setTimeout(REMOVAL_MS / 50)
      }
    }
  }
}
