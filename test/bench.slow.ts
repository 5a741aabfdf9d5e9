/** The bench in its short form: it runs, and fails if a response has no audit record. */

import t from 'tap'
import { NODE, ROOT, run } from './kit/checkout.ts'

t.test('bench --short measures, and fails if a response has no audit record', async t => {
  const { code, out, err } = await run(NODE, ['bench/main.ts', '--short'], { cwd: ROOT })
  t.equal(code, 0, 'every answer was right and is recorded', { out, err })
  const rows = [
    ...out.matchAll(/^(gateway, Basic|gateway, Bearer|node:http \+ undici, bare) +[\d.,]+ /gm),
  ]
  t.equal(rows.length, 6, 'each is measured at saturation and at a rate', { out })
})
