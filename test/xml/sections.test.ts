import t from 'tap'
import { sectionAt } from '../../src/xml/sections.ts'
import { counted } from './counted.ts'

for (const [opening, section, reads] of [
  ['<!--', 'comment', [2, 2, 3]],
  ['<![CDATA[', 'cdata', [2, 2, 3, 4, 5, 6, 7, 8]],
] as const)
  t.test(`sectionAt() reads only what follows the "<!" of ${opening}`, async t => {
    const { bytes, reads: offsets } = counted(new TextEncoder().encode(opening))
    t.equal(sectionAt(bytes, 0), section)
    t.strictSame(offsets, reads)
  })
