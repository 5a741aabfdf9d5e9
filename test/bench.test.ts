/**
 * Comparison of two checkouts by the bench: its options, the folder that it takes, and its statistics. Also the
 * responses of its upstream.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { ANSWERS } from '../bench/answers.ts'
import { openCheckout } from '../bench/checkout.ts'
import { fill } from '../bench/filling.ts'
import { evaluateRatios, intervalOf } from '../bench/interval.ts'
import { inPairs } from '../bench/pairs.ts'
import { idOf } from '../bench/requests.ts'
import { readOptions, UsageError } from '../bench/usage.ts'
import { ContentClasses } from '../src/gateway/content-classes.ts'
import type { Upstream } from '../src/upstream/upstream.ts'
import { ANN, ORGANIZATION } from './decision/data.ts'
import { NODE, ROOT, run, temporaryFolder } from './kit/checkout.ts'

t.test('bench exits with code 2 and says what to do when its options are wrong', async t => {
  const missing = join(temporaryFolder(t), 'missing')
  const command = ['bench/main.ts', '--short', '--against', missing]
  const { code, out, err } = await run(NODE, command, { cwd: ROOT })
  t.equal(code, 2)
  t.equal(out, '', 'nothing was measured')
  t.equal(
    err,
    `--against: there is no folder ${missing}. Create one with "git worktree add DIR COMMIT".\n`,
  )
})

t.test('readOptions()', async t => {
  for (const [args, options] of [
    [[], { short: false }],
    [['--short', '--part', 'a', '--part', 'b'], { short: true, part: ['a', 'b'] }],
    [['--against', '../old'], { short: false, against: '../old' }],
    [['--against=../old', '--short'], { short: true, against: '../old' }],
    [
      ['--against', '../old', '--only', 'small', '--only', '20 MB'],
      { short: false, against: '../old', only: ['small', '20 MB'] },
    ],
  ] as const)
    t.strictSame({ ...readOptions(args) }, options, args.join(' ') || 'no options')

  for (const [args, message] of [
    [['--against'], /--against/],
    [['--against', '--short'], /--against/],
    [['--against='], /^--against needs the folder of a checkout$/],
    [['--against', 'x', '--part', 'small'], /^--against has rows of its own\. Leave --part out\.$/],
    [['--only', 'small'], /^--only names rows of a comparison\. Add --against DIR\.$/],
    [['--versus', 'x'], /--versus/],
    [['x'], /'x'/],
  ] as const)
    t.throws(() => readOptions(args), { constructor: UsageError, message }, args.join(' '))
})

t.test('the upstream of the bench reports the class of the folder of its requests', async t => {
  const [, body = ''] = ANSWERS.classes.toString().split('\r\n\r\n')
  const upstream = {
    send: (_, sink) => {
      queueMicrotask(() => {
        sink.chunk(Buffer.from(body))
        sink.end()
      })
      return { resume: () => undefined, abort: () => undefined }
    },
  } as Pick<Upstream, 'send'> as Upstream
  const query = { folders: [idOf(0)], items: [], user: ANN, mailboxes: [] }
  const served = { organization: ORGANIZATION, upstream }
  const { folders } = await new ContentClasses(() => 0).classesOf(served, query, 'p')
  t.match(folders, [{ container: 'IPF.Note', isHidden: false }])
})

const OWN = JSON.stringify({ name: 'ews-gateway', type: 'module' })
const CONTRACT = {
  'bench/build.ts': 'export const build = () => ""',
  'bench/gateway.ts': 'export const writeConfig = async () => ""',
  'bench/filling.ts': 'export const fill = async () => ({})',
}
const INSTALLED = { 'node_modules/.bin/tsc': '' }

t.test('openCheckout() names the mistake in a folder and its remedy', async t => {
  for (const [files, message] of [
    [{}, 'FOLDER has no package.json. Name the root folder of a checkout.'],
    [
      { 'package.json': '{"name":"other"}' },
      'FOLDER/package.json is not of ews-gateway. Name a checkout of ews-gateway.',
    ],
    [
      { 'package.json': 'no JSON' },
      'FOLDER/package.json is not of ews-gateway. Name a checkout of ews-gateway.',
    ],
    [
      { 'package.json': OWN, ...INSTALLED },
      'FOLDER has no bench/build.ts. Name a checkout of a version that has it.',
    ],
    [
      { 'package.json': OWN, ...CONTRACT },
      'the packages of FOLDER are not installed. Run "npm ci" in it.',
    ],
    [
      { 'package.json': OWN, ...CONTRACT, ...INSTALLED, 'bench/filling.ts': 'export {}' },
      'FOLDER/bench/filling.ts exports no fill(). Name a checkout of a version that has it.',
    ],
  ] as const) {
    const folder = temporaryFolder(t)
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
    const expected = `--against: ${message.replaceAll('FOLDER', folder)}`
    await t.rejects(openCheckout(folder), new UsageError(expected), message)
  }
})

t.test('openCheckout() accepts an installed checkout, including this one', async t => {
  const checkout = await openCheckout(ROOT)
  t.equal(checkout.folder, ROOT)
  t.equal(checkout.fill, fill)
})

t.test(
  'inPairs() reverses every second pair and returns figures in the order of the sides',
  async t => {
    const orders: (readonly number[])[] = []
    const pairs = await inPairs([1, 2], 3, async (order, pair) => {
      orders.push(order)
      const [one, other] = order
      return [order, [one * 10 + pair, other * 10 + pair]]
    })
    t.strictSame(orders, [
      [1, 2],
      [2, 1],
      [1, 2],
    ])
    t.strictSame(pairs, [
      [
        [1, 2],
        [10, 20],
      ],
      [
        [1, 2],
        [11, 21],
      ],
      [
        [1, 2],
        [12, 22],
      ],
    ])
  },
)

t.test('intervalOf() gives the ranks of the exact interval of a median', async t => {
  for (const [count, rank, confidence] of [
    [6, 1, 0.9688],
    [8, 1, 0.9922],
    [9, 2, 0.9609],
    [10, 2, 0.9785],
    [20, 6, 0.9586],
    [25, 8, 0.9567],
  ] as const) {
    const interval = intervalOf(count)
    const rounded = Number(interval.confidence.toFixed(4))
    t.strictSame([interval.rank, rounded], [rank, confidence], `of ${count} ratios`)
  }
  for (const count of [0, 1, 5]) t.throws(() => intervalOf(count), RangeError, `of ${count} ratios`)
})

t.test('evaluateRatios()', async t => {
  const ten = (...ratios: number[]) => [...ratios, ...Array(10 - ratios.length).fill(1.1)]
  for (const [behavior, ratios, evaluation] of [
    ['is worse if the whole interval is above 1', ten(), [1.1, 1.1, 1.1, 'worse']],
    ['overlooks one outlier', ten(0.5), [1.1, 1.1, 1.1, 'worse']],
    ['shows no difference with two outliers', ten(0.5, 0.9), [1.1, 0.9, 1.1, 'no difference']],
    ['shows no difference if the interval ends at 1', ten(1, 1), [1.1, 1, 1.1, 'no difference']],
    ['is better if the whole interval is below 1', Array(10).fill(0.9), [0.9, 0.9, 0.9, 'better']],
    [
      'does not depend on the order of pairs',
      [1.05, 0.8, 0.95, 0.85, 1, 0.75, 0.7, 0.9, 1.1, 1.2],
      [0.925, 0.75, 1.1, 'no difference'],
    ],
  ] as const) {
    const { ratio, low, high, verdict } = evaluateRatios(ratios)
    t.strictSame([Number(ratio.toFixed(6)), low, high, verdict], evaluation, behavior)
  }
  for (const wrong of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    t.throws(() => evaluateRatios(ten(wrong)), RangeError, `rejects a ratio of ${wrong}`)
})

t.test('evaluateRatios() returns the opposite if the checkouts are swapped', async t => {
  const opposite = { worse: 'better', better: 'worse', 'no difference': 'no difference' } as const
  const ratio = fc.double({ min: 0.01, max: 100, noNaN: true })
  const holds = fc.property(fc.array(ratio, { minLength: 6, maxLength: 30 }), ratios => {
    const there = evaluateRatios(ratios)
    const back = evaluateRatios(ratios.map(one => 1 / one))
    const isInside = there.low <= there.ratio && there.ratio <= there.high
    return isInside && back.verdict === opposite[there.verdict]
  })
  t.doesNotThrow(() => fc.assert(holds))
})
