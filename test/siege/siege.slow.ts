/**
 * Runs the short form of the siege: it must have no findings, and must notice the mistakes that it plants in a
 * copy of `src`.
 */

import t from 'tap'
import { NODE, ROOT, run } from '../kit/checkout.ts'
import { PLANTS, textWith } from './plants.ts'

t.test('P1 P2 P3 P5 P9 R8 R34 R41 a short siege has no findings', async t => {
  const { code, out, err } = await run(NODE, ['test/siege/main.ts', '--short'], {
    cwd: ROOT,
    // Shows the runner that the siege continues.
    tell: text => t.comment(text),
  })
  t.equal(code, 0, 'no findings', { out, err })
  const parts = [...out.matchAll(/^([\w-]+): ([\d,]+) attempts, no findings/gm)]
  const tried: Readonly<Record<string, number>> = Object.fromEntries(
    parts.map(([, part, count = '']) => [part, Number(count.replaceAll(',', ''))]),
  )
  const { plants, differential, revoke, ...others } = tried
  t.strictSame(Object.keys(others), [
    'conformance',
    'attacks',
    'canaries',
    'sample',
    'http',
    'sign-in',
    'slow',
    'cost',
    'memory',
  ])
  t.ok(Math.min(...Object.values(others)) >= 500, `${JSON.stringify(others)} attempts`)
  t.equal(differential, 20_000)
  t.equal(others['canaries'], 20_000)
  t.equal(revoke, 25, 'streams and uploads are in flight when their role is locked')
  t.match(out, /^ {2}\d\d\.\d % forwarded/m, 'enough mutants are forwarded')

  t.equal(plants, 2, 'planted mistakes are noticed')
  t.match(out, /references in text are not decoded: differential/)
  t.match(out, /a second Header is taken: attacks/)
})

t.test('every planted mistake changes text that is in the sources', t => {
  for (const mistake of PLANTS) t.ok(textWith(ROOT, mistake), mistake.name)
  t.end()
})
