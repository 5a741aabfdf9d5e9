/**
 * Runs the short form of `npm run prove`, and checks that it fails with each planted mistake.
 */

import t from 'tap'
import { PostgresServer, withoutPostgres } from '../kit/services/postgres.ts'
import { remove } from '../kit/services/process.ts'
import { noRedis } from '../kit/services/redis.ts'
import { LATER_VERSION, PLANTS, plant } from './plants.ts'
import { runPlant } from './programs.ts'
import { prove } from './prove.ts'

/** Other seeds can find more. `npm run prove` uses a random one. */
const SEED = '1'

/** Planted mistakes of this test. `npm run prove -- --plant NAME` has more. */
const [FIRST, ...OTHERS] = ['late-reader', 'own-life', 'nothing-polls'] as const

t.test(
  'P5 P6 no failure allows a revoked request',
  {
    skip: withoutPostgres || noRedis,
  },
  async t => {
    const postgres = await PostgresServer.start()
    t.teardown(() => postgres.stop())
    const tell = (line: string) => t.comment(line)

    t.equal(await prove(['--short', '--seed', SEED], tell, postgres), 0, 'in a short run')

    const failing = prove(['--plant', FIRST], tell, postgres)
    const found = OTHERS.map(async name => ({ name, ...(await runPlant(name, postgres)) }))
    for (const { name, violations } of await Promise.all(found)) {
      const rules = new Set(violations.map(({ rule }) => rule))
      t.ok(
        rules.has(PLANTS[name]?.breaks ?? 'unrecorded'),
        `the scenario finds the planted mistake ${name}`,
      )
    }
    t.equal(await failing, 1, `the command fails with the planted mistake ${FIRST}`)
  },
)

t.test('plant() finds the text that each mistake changes', t => {
  for (const edits of [LATER_VERSION, ...Object.values(PLANTS).map(({ edits }) => edits)]) {
    const { folder } = plant(edits)
    remove(folder)
    t.pass(`${edits[0]?.file}`)
  }
  t.end()
})

t.test('plant() throws if the text does not occur exactly once', async t => {
  for (const from of ['no such text', 'const'])
    t.throws(
      () => plant([{ file: 'cache/watch.ts', from, to: '' }]),
      /must contain the text exactly once/,
    )
})
