/** Gateways on PostgreSQL that end at each point: see crash.ts. */

import t from 'tap'
import { withoutPostgres } from '../kit/services/postgres.ts'
import { crashSuite } from './crash.ts'
import { postgres } from './databases-tried.ts'

t.test(
  'R37 a gateway that ends at any point loses and repeats nothing, on PostgreSQL',
  { skip: withoutPostgres },
  async t => crashSuite(t, await postgres(t)),
)
