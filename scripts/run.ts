#!/usr/bin/env -S node --expose-gc --no-flush-bytecode --no-maglev --no-parallel-scavenge --heap-growing-percent=150 --max-semi-space-size=4
/**
 * Runs a command of this checkout with the web console, which is built first if it is missing or older than its
 * sources: `npm start` and `npm run demo`.
 *
 * A signal during the build ends the process as it ends the command, with exit code 0. Its first line is that of
 * `main.ts`.
 *
 * @module
 */

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { stopSignalsOf } from '../src/app/stop-signals.ts'
import { isConsoleBuilt, unfinishedOf } from './console.ts'

const signals = stopSignalsOf(process)
if (!isConsoleBuilt() && canBuild()) await build()
if (!(await signals.haveArrived())) await import('../src/main.ts')

/**
 * Whether the packages for development are installed. Without them, the command reports that there is no
 * console.
 */
function canBuild(): boolean {
  try {
    import.meta.resolve('vite')
    return true
  } catch {
    return false
  }
}

/** Builds in a process of its own, whose memory ends with it. If it fails, it has printed why. */
async function build(): Promise<void> {
  process.stderr.write('Building the web console, which takes up to a minute\n')
  const builder = spawn(process.execPath, [join(import.meta.dirname, 'console.ts')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  void signals.first.then(() => builder.kill())
  await once(builder, 'close')
  // A process that is stopped leaves its folder.
  if (builder.pid !== undefined) rmSync(unfinishedOf(builder.pid), { recursive: true, force: true })
}
