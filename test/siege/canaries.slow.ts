/** Requests of the part `canaries` under a seed that is new in each run: about two minutes on two idle cores. */

import { randomInt } from 'node:crypto'
import t from 'tap'
import { ROOT } from '../kit/checkout.ts'
import { canaries } from './canaries.ts'

const COUNT = 150_000
const MAX_SEED = 2 ** 31

t.test(
  'R34 R44 no request of a new seed has an effect that the documentation excludes',
  async t => {
    const seed = randomInt(MAX_SEED)
    t.comment(`seed ${seed}: npm run siege -- canaries --seed ${seed} --count ${COUNT}`)
    const { findings, lines } = await canaries({ root: ROOT, seed, short: false, count: COUNT })
    t.strictSame(findings, [], lines.join('\n'))
  },
)
