/**
 * A journal, and a sink that follows it by a clock of the test.
 *
 * @module
 */

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Test } from 'tap'
import { Follower } from '../../src/audit/follower.ts'
import { newWriter, segmentFile } from '../../src/audit/segments.ts'
import { RECORD_TYPES } from '../../src/model/sink.ts'
import { SinkPositions } from '../../src/sinks/positions.ts'
import { type Sender, Sink, type SinkOptions } from '../../src/sinks/sink.ts'

export const T = Date.UTC(2026, 10, 28)
export const WRITER = newWriter(T)

/** A journal of one segment, and functions that append to it and follow it. */
export function startJournal(t: Test) {
  const folder = join(t.testdir(), 'audit')
  const begin = (writer: string, ...records: readonly object[]) => {
    const file = segmentFile(folder, { writer, segment: 1 })
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, `{"type":"segment"}\n${linesOf(records)}`)
  }
  begin(WRITER)
  const append = (...records: readonly object[]) =>
    appendFileSync(segmentFile(folder, { writer: WRITER, segment: 1 }), linesOf(records))
  const clock = { now: 0 }
  const logged: string[] = []
  const follow = (sender: Sender, options: Partial<SinkOptions> = {}) => {
    const sink = new Sink({
      name: 'siem',
      selection: { types: RECORD_TYPES },
      positions: new SinkPositions(join(folder, 'positions/siem'), WRITER),
      sender,
      gatherMs: 0,
      deadlineMs: 10_000,
      now: () => clock.now,
      random: () => 0,
      ...options,
    })
    const follower = new Follower({
      folder,
      writer: WRITER,
      consumer: sink,
      failed: (name, error) => logged.push(`${name}: ${(error as Error).message}`),
      recovered: name => logged.push(`${name}: recovered`),
      now: () => clock.now,
    })
    t.teardown(() => follower.close())
    return follower
  }
  return { folder, begin, append, follow, clock, logged }
}

const linesOf = (records: readonly object[]) =>
  records.map(record => `${JSON.stringify(record)}\n`).join('')
