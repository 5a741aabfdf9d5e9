/**
 * Loaded into a gateway: tells on SIGUSR2 for how long the event loop stood still at most.
 *
 * @module
 */

import { renameSync, writeFileSync } from 'node:fs'

const EVERY_MS = 1

const file = process.env['BENCH_STALL_FILE']
let last = performance.now()
let longest = 0

function look() {
  const now = performance.now()
  longest = Math.max(longest, now - last - EVERY_MS)
  last = now
}

if (file !== undefined) {
  let timer
  process.on('SIGUSR2', () => {
    look()
    writeFileSync(`${file}.new`, `${timer === undefined ? 0 : longest}`)
    renameSync(`${file}.new`, file)
    longest = 0
    last = performance.now()
    // Every second time: what is measured otherwise has no timer more than usual.
    if (timer === undefined) timer = setInterval(look, EVERY_MS).unref()
    else {
      clearInterval(timer)
      timer = undefined
    }
  })
}
