/**
 * The siege in its short form: nothing gets through; and of the mistakes that are planted in a copy
 * of `src`, what it would do with them does not go unnoticed.
 */

import t from 'tap'
import { NODE, ROOT, run } from '../kit/checkout.ts'
import { PLANTS, textWith } from './plants.ts'

t.test('P1 P2 P3 P5 P9 R8 R34 nothing gets through a short siege', async t => {
  const { code, out, err } = await run(NODE, ['test/siege/main.ts', '--short'], { cwd: ROOT })
  t.equal(code, 0, 'nothing got through', { out, err })
  const parts = [...out.matchAll(/^(\w+): ([\d,]+) tried, nothing got through/gm)]
  const tried: Readonly<Record<string, number>> = Object.fromEntries(
    parts.map(([, part, count = '']) => [part, Number(count.replaceAll(',', ''))]),
  )
  const { plants, differential, revoke, ...others } = tried
  t.strictSame(Object.keys(others), [
    'conformance',
    'attacks',
    'sample',
    'http',
    'slow',
    'cost',
    'memory',
  ])
  t.ok(Math.min(...Object.values(others)) >= 500, `${JSON.stringify(others)} were tried`)
  t.equal(differential, 20_000)
  t.equal(revoke, 25, 'streams and uploads are under way when their role is locked')
  t.match(out, /^ {2}\d\d\.\d % are forwarded/m, 'a good share of the mutants goes on')

  t.equal(plants, 2, 'mistakes are planted, and noticed')
  t.match(out, /references in text are not decoded: differential/)
  t.match(out, /a second Header is taken: attacks/)
})

t.test('every mistake has its place in the sources', t => {
  for (const mistake of PLANTS) t.ok(textWith(ROOT, mistake), mistake.name)
  t.end()
})
