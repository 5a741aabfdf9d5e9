/** Many random worlds, with another seed if TEST_SEED is set. */

import t from 'tap'
import { compareWorlds } from './worlds.ts'

t.test('P1 data plane and control API decide as the naive model does', async t => {
  await compareWorlds(t, 5_000)
})
