/**
 * Loaded into a gateway: tells on SIGUSR2 for how long the event loop did not turn at most.
 *
 * Twice: by the clock, which counts what else the core was busy with; and by the CPU that its thread
 * took meanwhile, which is the gateway's own, though the kernel counts it in steps of 4 ms: of each turn
 * the smaller of the two.
 *
 * @module
 */

import { renameSync, writeFileSync } from 'node:fs'

const EVERY_MS = 1

const file = process.env['BENCH_STALL_FILE']
let last = now()
let longest = { clockMs: 0, cpuMs: 0 }

function now() {
  const { user, system } = process.threadCpuUsage()
  return { clockMs: performance.now(), cpuMs: (user + system) / 1_000 }
}

function look() {
  const present = now()
  const clockMs = present.clockMs - last.clockMs - EVERY_MS
  longest = {
    clockMs: Math.max(longest.clockMs, clockMs),
    cpuMs: Math.max(longest.cpuMs, Math.min(clockMs, present.cpuMs - last.cpuMs)),
  }
  last = present
}

if (file !== undefined) {
  let timer
  process.on('SIGUSR2', () => {
    look()
    writeFileSync(`${file}.new`, JSON.stringify(longest))
    renameSync(`${file}.new`, file)
    longest = { clockMs: 0, cpuMs: 0 }
    last = now()
    // Every second time: what is measured otherwise has no timer more than usual.
    if (timer === undefined) timer = setInterval(look, EVERY_MS).unref()
    else {
      clearInterval(timer)
      timer = undefined
    }
  })
}
