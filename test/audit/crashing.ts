/**
 * A process that writes a journal, and kills itself at a given step: before a call of the file system, in the middle of a
 * write, or after it. It prints the records that were acknowledged.
 *
 * With step 0, it copies the folder at each step to FOLDER-STEP instead. A process that is killed at the step leaves
 * the same files. For each step, it prints the records that were acknowledged before to standard error, as JSON.
 *
 *   node test/audit/crashing.ts FOLDER STEP
 *
 * @module
 */

import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { Journal } from '../../src/audit/journal.ts'
import { SIGNER } from '../kit/journal.ts'

const [, , folder = '', step] = process.argv
let steps = 0

const acknowledged: string[] = []
const { writeSync, openSync, closeSync } = fs

const crashAt = () => {
  steps++
  if (steps === Number(step)) process.kill(process.pid, 'SIGKILL')
  if (step !== '0') return
  fs.cpSync(folder, `${folder}-${steps}`, { recursive: true })
  report(JSON.stringify(acknowledged))
}

fs.openSync = (path, flags, mode) => {
  crashAt()
  const fd = openSync(path, flags, mode)
  crashAt()
  return fd
}
fs.closeSync = fd => {
  crashAt()
  closeSync(fd)
  crashAt()
}
// Writes the first half of a batch by itself.
fs.writeSync = ((fd: number, data: Uint8Array, from: number) => {
  crashAt()
  const length = from === 0 ? data.length >> 1 : data.length - from
  const written = writeSync(fd, data, from, length)
  crashAt()
  return written
}) as typeof writeSync
syncBuiltinESMExports()

const report = (what: unknown) => void process.stderr.write(`${what}\n`)
let now = 0
const journal = new Journal({
  folder,
  onFailure: 'refuse',
  keepDays: 400,
  signer: SIGNER,
  now: () => now,
  failed: report,
  recovered: report,
  disturbed: report,
})
for (let n = 0; n < 4; n++) {
  if (n === 1) journal.rotate()
  if (n === 3) now += 86_400_000
  journal.record({ type: 'decision', at: now, decisionId: `d-${n}`, verdict: 'allow' })
  await journal.written()
  acknowledged.push(`d-${n}`)
  writeSync(1, `d-${n}\n`)
}
journal.close()
