/** A few random worlds: worlds.slow.ts has many more. */

import t from 'tap'
import { compareWorlds } from './worlds.ts'

t.test('P1 data plane and control API decide as the naive model does', async t => {
  await compareWorlds(t, 400)
})
