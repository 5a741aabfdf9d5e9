/** Reads the journal of a gateway that writes and deletes segments. */

import { appendFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { JournalTail } from './journal.ts'

const segment = (n: number) => `20261129T120000Z-0123abcd-00000${n}.jsonl`

t.test('a tail reads what is new, whole lines only, and no segment that is deleted', async t => {
  const folder = t.testdir()
  const written = join(folder, segment(2))
  // It is in the list of the folder, and cannot be opened, as if it were deleted in between.
  symlinkSync('nowhere', join(folder, segment(1)))
  const tail = new JournalTail(folder)
  writeFileSync(written, '{"type":"segment"}\n{"type":"end","previous":"x"}\n{"type":')
  t.strictSame(tail.read(), [{ type: 'end' }])
  t.strictSame(tail.read(), [])
  appendFileSync(written, '"request"}\n')
  t.strictSame(tail.read(), [{ type: 'request' }])
})
