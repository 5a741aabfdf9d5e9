/**
 * Calls of Unended: concurrent ones, after forget() and stop(), and while the journal fails.
 */

import { utimesSync, writeFileSync } from 'node:fs'
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
  return { unended, end, names, audit, recorded, ids }
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

t.test('R38 end() without an outcome to write needs no journal', async t => {
  const decision = allowed(T)
  const { end, audit } = startFolder(t, [decision, outcomeOf(decision)])
  audit.checkWritable = () => {
    throw new Error('full')
  }
  await t.resolves(end())
})
