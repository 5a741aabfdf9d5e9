/** Meanings of names: each has a bit of its own. */

import t from 'tap'
import * as meanings from '../../src/ews/meanings.ts'

const bits = Object.values(meanings).filter(value => typeof value === 'number')

t.ok(bits.length > 20)
t.equal(new Set(bits).size, bits.length, 'no two meanings have the same bit')
t.strictSame(
  bits.filter(bit => bit === 0 || (bit & (bit - 1)) !== 0),
  [],
  'none has more than one',
)
