/**
 * Positions of a sink that is new, or whose first start failed.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { beginningOf } from '../../src/audit/reader.ts'
import { SinkPositions } from '../../src/sinks/positions.ts'

const [BEFORE, FIRST, LATER] = [
  '20261127T175803Z-00000000',
  '20261128T175803Z-00000000',
  '20261129T175803Z-00000000',
] as const

t.test('of() begins with the first process that has the sink', async t => {
  // A full disk or a loss of power can leave an empty file.
  for (const files of [{}, { since: '' }]) {
    const folder = t.testdir({ siem: files })
    const begin = (writer: string) => new SinkPositions(join(folder, 'siem'), writer)
    for (const positions of [begin(FIRST), begin(LATER), begin(BEFORE.replace('-0', '-1'))]) {
      t.equal(positions.of(BEFORE).segment, Number.MAX_SAFE_INTEGER)
      for (const writer of [FIRST, LATER]) t.strictSame(positions.of(writer), beginningOf(writer))
    }
    t.equal(readFileSync(join(folder, 'siem/since'), 'utf8'), FIRST)
    const own = begin(BEFORE)
    t.strictSame(own.of(BEFORE), beginningOf(BEFORE), 'of its own process, also with a late clock')
    writeFileSync(join(folder, 'siem/since'), LATER)
    t.equal(begin(LATER).of('20261128T175803Z-11111111').segment, Number.MAX_SAFE_INTEGER)
  }
})
