/** Gateways on SQLite that end at each point: see crash.ts. */

import t from 'tap'
import { crashSuite } from './crash.ts'
import { SQLITE } from './databases-tried.ts'

t.test('R37 a gateway that ends at any point loses and repeats nothing, on SQLite', t =>
  crashSuite(t, SQLITE),
)
