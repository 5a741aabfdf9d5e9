/**
 * Calls of Unended: concurrent ones, after forget() and stop(), and while the journal fails.
 */

import fs, { rmSync, utimesSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import t, { type Test } from 'tap'
import type { AuditRecord, DecisionRecord } from '../../src/audit/audit.ts'
import { lineOf } from '../../src/audit/line.ts'
import { newWriter, segmentFile } from '../../src/audit/segments.ts'
import { Unended } from '../../src/audit/unended.ts'
import { allowed, outcomeOf, NOW as T } from '../history/samples.ts'

/** Writers of a folder, each with its records, and what is recorded for them. */
function startFolder(t: Test, ...writers: readonly (readonly AuditRecord[])[]) {
  const folder = t.testdir()
  const names = writers.map((records, n) => {
    const writer = newWriter(T + 1_000 * n)
    const file = segmentFile(folder, { writer, segment: 1 })
    writeFileSync(file, `{"type":"segment"}\n${records.map(lineOf).join('')}`)
    utimesSync(file, T / 1_000, T / 1_000)
    return writer
  })
  const recorded: AuditRecord[] = []
  const audit = {
    record: (record: AuditRecord) => void recorded.push(record),
    written: async () => undefined,
    checkWritable: () => undefined,
  }
  const unended = new Unended({ folder, audit, now: () => T })
  for (const writer of names) unended.add(writer)
  const end = (isDelivered: (writer: string) => boolean = () => true) => unended.end(isDelivered)
  const ids = () => recorded.map(record => 'decisionId' in record && record.decisionId).sort()
  return { folder, unended, end, names, audit, recorded, ids }
}

const idOf = ({ decisionId }: DecisionRecord) => decisionId

t.test('R37 concurrent calls of end() write each outcome once', async t => {
  const decision = allowed(T)
  const { end, ids } = startFolder(t, [decision])
  await Promise.all([end(), end(), end()])
  t.strictSame(ids(), [idOf(decision)])
  await end()
  t.strictSame(ids(), [idOf(decision)])
})

t.test(
  'R37 end() writes the outcomes of the writers that are delivered, then the others',
  async t => {
    const [one, other] = [allowed(T), allowed(T)]
    const { end, ids, names } = startFolder(t, [one], [other])
    await end(writer => writer === names[1])
    t.strictSame(ids(), [idOf(other)])
    await end()
    t.strictSame(ids(), [idOf(one), idOf(other)].sort())
  },
)

t.test('R37 end() is done with a writer that is too old, or that has no segment', async t => {
  const { folder, end, names, recorded } = startFolder(t, [allowed(T)], [])
  const [old = '', empty = ''] = names
  const file = segmentFile(folder, { writer: old, segment: 1 })
  utimesSync(file, T / 1_000 - 8 * 86_400, T / 1_000 - 8 * 86_400)
  rmSync(segmentFile(folder, { writer: empty, segment: 1 }))
  const asked: string[] = []
  const ask = (writer: string) => asked.push(writer) > 0
  await end(ask)
  await end(ask)
  t.strictSame([asked, recorded], [[old, empty], []])
})

t.test('R37 one outcome that another process has recorded is not written again', async t => {
  const decision = allowed(T)
  const { end, ids, names } = startFolder(t, [decision], [outcomeOf(decision)])
  await end(writer => writer === names[0])
  t.strictSame(ids(), [])
})

t.test('R37 a decision later than the end of its writer took no time', async t => {
  for (const [after, durationMs] of [
    [-1, 1],
    [0, 0],
    [5_000, 0],
  ] as const) {
    const { end, recorded } = startFolder(t, [allowed(T + after)])
    await end()
    t.match(recorded, [{ at: T, durationMs }], `${after} ms`)
  }
})

t.test('R37 nothing is written for a writer after forget(), nor for any after stop()', async t => {
  const forgotten = startFolder(t, [allowed(T)], [allowed(T)])
  forgotten.unended.forget(forgotten.names[0] ?? '')
  await forgotten.end()
  t.match(forgotten.recorded, [{ writer: forgotten.names[1] }])
  t.equal(forgotten.recorded.length, 1)
  const stopped = startFolder(t, [allowed(T)])
  await stopped.unended.stop()
  await stopped.end()
  t.strictSame(stopped.recorded, [])
})

t.test(
  'R38 stop() waits for outcomes that are being written, and ignores their failure',
  async t => {
    const { unended, end, audit } = startFolder(t, [allowed(T)])
    const writing = Promise.withResolvers<undefined>()
    const begun = new Promise<void>(resolve => {
      audit.written = () => {
        resolve()
        return writing.promise
      }
    })
    const ending = t.rejects(end(), /full/)
    await begun
    let isStopped = false
    const stopped = unended.stop().then(() => {
      isStopped = true
    })
    await new Promise(setImmediate)
    t.notOk(isStopped)
    writing.reject(new Error('full'))
    await Promise.all([stopped, ending])
  },
)

t.test('stop() ends the search for recorded outcomes', async t => {
  const [one, other] = [allowed(T), allowed(T)]
  const { unended, end, names, recorded } = startFolder(t, [one], [other], [other])
  const { open } = fs.promises
  const restore = () => {
    fs.promises.open = open
    syncBuiltinESMExports()
  }
  t.teardown(restore)
  let opened = 0
  fs.promises.open = (...parameters) => {
    opened += 1
    // Comes after the segment of the writer, twice.
    if (opened === 3) void unended.stop()
    return open(...parameters)
  }
  syncBuiltinESMExports()
  await end(writer => writer === names[0])
  restore()
  t.strictSame([opened, recorded], [3, []], 'the third writer is not read')
})

t.test('R38 end() without an outcome to write needs no journal', async t => {
  const decision = allowed(T)
  const { end, audit } = startFolder(t, [decision, outcomeOf(decision)])
  audit.checkWritable = () => {
    throw new Error('full')
  }
  await t.resolves(end())
})
