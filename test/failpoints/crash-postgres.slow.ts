/** Gateways on PostgreSQL that end at each point: see crash.ts. */

import t from 'tap'
import { withoutPostgres } from '../kit/services/postgres.ts'
import { crashSuite } from './crash.ts'
import { postgres } from './databases-tried.ts'

/** A change of a file that is the same code with each database: the suite on SQLite tries it. */
const isOfFile = (stage: string) => /^within | (?:copy|positions|claims) \d+$/.test(stage)

t.test(
  'R37 a gateway that ends at any point loses and repeats nothing, on PostgreSQL',
  { skip: withoutPostgres },
  async t => crashSuite(t, await postgres(t), stage => !isOfFile(stage)),
)
