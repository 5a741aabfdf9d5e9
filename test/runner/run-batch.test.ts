import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import t, { type Test } from 'tap'
import { type Place, runBatch } from '../../scripts/test/run-batch.ts'
import { failuresIn, skipsIn } from '../../scripts/test/tap-output.ts'
import { ROOT, temporaryFolder } from '../kit/checkout.ts'

const PASSES = "t.test('passes', async t => { t.ok(true); t.ok(true) })"
/** Two assertions, and the result of the file. */
const PASSED = 3

type Outcome = Readonly<{ pass?: number; fail?: number; skip?: number; shows?: RegExp }>

/** Runs two planted files. The second one passes. */
async function run(t: Test, first: string, options?: Partial<Place>) {
  const files = {
    'first.ts': `import t from 'tap'\n${first}`,
    'last.ts': `import t from 'tap'\n${PASSES}`,
  }
  // In the checkout, because a file elsewhere finds no packages.
  const folder = t.testdir(files)
  const temporary = temporaryFolder(t)
  const output = join(temporary, 'output')
  mkdirSync(output)
  const paths = Object.keys(files).map(name => join(relative(ROOT, folder), name))
  const place = { root: ROOT, output, temporary, env: {}, limit: 600, ...options }
  return await runBatch({ name: 'planted', files: paths }, place)
}

/** Content of a file, and its results. */
const FILES: readonly (readonly [string, string, Outcome])[] = [
  ['passes', PASSES, { pass: PASSED }],
  ['fails', "t.fail('it is wrong')", { fail: 1, pass: 1, shows: /^not ok .*it is wrong/m }],
  ['has only a skipped test', "t.test('s', { skip: 'no ships' }, () => {})", { skip: 1, pass: 1 }],
  ['has no tests', '', { fail: 1, shows: /This file has no tests/ }],
  ['throws while it loads', "throw new Error('no port')", { fail: 1, shows: /no port/ }],
  [
    'throws after a test',
    `${PASSES}\nthrow new Error('late')`,
    { fail: 1, pass: 2, shows: /late/ },
  ],
  ['cannot be read', 'let let', { fail: 1, shows: /SyntaxError/ }],
  ['imports nothing', "import './nothing.ts'", { fail: 1, shows: /Cannot find module/ }],
  [
    'throws in a callback',
    "t.test('a', () => new Promise(() => setImmediate(() => { throw new Error('later') })))",
    { shows: /Error: later/ },
  ],
  [
    'ends its process',
    "t.test('a', () => process.exit(3))",
    { fail: 1, shows: /first\.ts: the process ended with 1/ },
  ],
  [
    'kills its process',
    "t.test('a', () => process.kill(process.pid, 'SIGKILL'))",
    { fail: 1, shows: /^not ok - \S+first\.ts: the process ended with a signal/m },
  ],
  ['waits for nothing', "t.test('a', () => new Promise(() => {}))", { shows: /test unfinished/ }],
]

for (const [what, first, { pass = 0, fail, skip = 0, shows }] of FILES)
  t.test(`runBatch() runs the next file after one that ${what}`, async t => {
    const result = await run(t, first)
    t.match(result, { pass: pass + PASSED, skip })
    if (shows === undefined) t.equal(result.fail, 0)
    else t.match(result.outputs.map(failuresIn).join('\n'), shows)
    if (fail === undefined) t.equal(result.fail > 0, shows !== undefined)
    else t.equal(result.fail, fail)
    const skips = result.outputs.flatMap(skipsIn)
    t.strictSame(skips, skip === 0 ? [] : ['no ships'])
  })

for (const [what, hang] of [
  ['waits', 'await new Promise(() => setInterval(() => {}, 1_000))'],
  ['blocks its process', 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'],
] as const)
  t.test(`runBatch() names a test that ${what} for too long`, async t => {
    const mark = join(temporaryFolder(t), 'mark')
    const begin = `(await import('node:fs')).writeFileSync(${JSON.stringify(mark)}, '')`
    const first = `t.test('outer', async t => { await t.test('inner', async () => { ${begin}; ${hang} }) })`
    // All the time that a test may take passes as soon as the inner one runs. The process of the next file has time.
    const tick = () => {
      if (!existsSync(mark)) return 0
      rmSync(mark)
      return Infinity
    }
    const result = await run(t, first, { tick })
    t.match(result.outputs.join('\n'), /^not ok - \S+first\.ts: hangs for 600 s: outer > inner$/m)
    t.match(result, { pass: PASSED })
    t.ok(result.fail > 0)
  })
