/**
 * The siege in its short form: nothing gets through; and of the mistakes that are planted in a copy
 * of `src`, what it would do with them does not go unnoticed.
 */

import t from 'tap'
import { NODE, ROOT, run } from './checkout.ts'

const siege = (...options: string[]) =>
  run(NODE, ['siege/main.ts', '--short', ...options], { cwd: ROOT })

t.test('P1 P2 P3 P9 nothing gets through a short siege', async t => {
  const { code, out, err } = await siege()
  t.equal(code, 0, 'nothing got through', { out, err })
  const parts = [...out.matchAll(/^(\w+): ([\d,]+) tried, nothing got through/gm)]
  t.strictSame(
    parts.map(([, part]) => part),
    ['conformance', 'attacks', 'differential', 'sample', 'http', 'slow'],
  )
  const tried = parts.map(([, , count = '']) => Number(count.replaceAll(',', '')))
  t.ok(Math.min(...tried) >= 500, `${tried} were tried`)
  t.match(out, /^ {2}\d\d\.\d % are forwarded/m, 'a good share of the mutants goes on')
})

t.test('a planted mistake is noticed', async t => {
  const { code, out, err } = await siege('--part', 'plants', '--count', '1000')
  t.equal(code, 0, 'each is noticed', { out, err })
  t.match(out, /references in text are not decoded: differential/)
  t.match(out, /a second Header is taken: attacks/)
})
