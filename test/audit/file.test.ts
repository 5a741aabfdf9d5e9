import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import type { AuditRecord } from '../../src/audit/audit.ts'
import { FileAudit } from '../../src/audit/file.ts'
import { Failure } from '../../src/model/failure.ts'

const source = fileURLToPath(new URL('../../src/audit/file.ts', import.meta.url))

const record = (decisionId: string, userAgent = 'tool/1.0'): AuditRecord => ({
  type: 'decision',
  at: 0,
  decisionId,
  sourceAddress: '192.0.2.1',
  userAgent,
  verdict: 'allow',
})

const onError = (error: Error) => {
  throw error
}

const linesOf = (file: string) => readFileSync(file, 'utf8').split('\n').slice(0, -1)
const idsOf = (file: string) => linesOf(file).map(line => JSON.parse(line).decisionId)

/** Arguments that make a program of its own, with FileAudit and `record` at hand. */
const program = (body: string, ...args: string[]) => [
  '--input-type=module',
  '--eval',
  `import { FileAudit } from ${JSON.stringify(source)}
   import { statSync, truncateSync } from 'node:fs'
   const record = (decisionId, userAgent = 'tool/1.0') =>
     ({ type: 'decision', at: 0, decisionId, sourceAddress: '192.0.2.1', userAgent, verdict: 'allow' })
   const [file] = process.argv.slice(1)
   ${body}`,
  ...args,
]

t.test('FileAudit makes a folder and a file that only their owner reads', async t => {
  const folder = join(t.testdir(), 'data')
  const file = join(folder, 'audit.jsonl')
  const audit = new FileAudit({ file, onFailure: 'refuse', onError })
  audit.record(record('a'))
  audit.close()
  t.equal(statSync(folder).mode & 0o777, 0o700)
  t.equal(statSync(file).mode & 0o777, 0o600)
})

t.test('P7 record() has written the whole line when it returns', async t => {
  const file = join(t.testdir(), 'audit.jsonl')
  const audit = new FileAudit({ file, onFailure: 'refuse', onError })
  audit.record(record('a', 'żółć\nPOST / HTTP/1.1'))
  t.equal(readFileSync(file, 'utf8').at(-1), '\n')
  t.strictSame(idsOf(file), ['a'])
  audit.record(record('b'))
  t.strictSame(idsOf(file), ['a', 'b'])
  audit.close()
})

const outcome = (decisionId: string): AuditRecord => ({
  type: 'outcome',
  at: 0,
  decisionId,
  requestBytes: 1,
  responseBytes: 2,
  durationMs: 3,
  ended: 'complete',
  outcome: 'ANSWERED',
})

t.test(
  'outcomes are written with the next record, at the end of a turn, or before the file goes',
  async t => {
    const file = join(t.testdir(), 'audit.jsonl')
    const told: string[] = []
    const onRecord = ({ decisionId }: AuditRecord) => void told.push(decisionId)
    const audit = new FileAudit({ file, onFailure: 'refuse', onError, onRecord })
    audit.record(outcome('a'))
    audit.record(outcome('b'))
    t.strictSame(idsOf(file), [])
    t.strictSame(told, ['a', 'b'])
    audit.record(record('c'))
    t.strictSame(idsOf(file), ['a', 'b', 'c'])

    audit.record(outcome('d'))
    await new Promise(resolve => setImmediate(resolve))
    t.strictSame(idsOf(file), ['a', 'b', 'c', 'd'])
    audit.record(outcome('e'))
    await new Promise(resolve => setImmediate(resolve))
    t.strictSame(idsOf(file), ['a', 'b', 'c', 'd', 'e'])

    audit.record(outcome('f'))
    renameSync(file, `${file}.1`)
    audit.reopen()
    t.strictSame(idsOf(`${file}.1`), ['a', 'b', 'c', 'd', 'e', 'f'])
    audit.record(outcome('g'))
    audit.close()
    t.strictSame(idsOf(file), ['g'])
  },
)

t.test(
  'P7 outcomes that cannot be written are told of, and the next decision is refused',
  async t => {
    const told: string[] = []
    const audit = new FileAudit({
      file: '/dev/full',
      onFailure: 'refuse',
      onError: ({ message }) => told.push(message),
    })
    audit.record(outcome('a'))
    audit.record(outcome('b'))
    await new Promise(resolve => setImmediate(resolve))
    t.equal(told.length, 1)
    t.throws(() => audit.record(record('c')), Failure)
    audit.close()
  },
)

t.test('P7 record() writes a record that is larger than its buffer', async t => {
  const file = join(t.testdir(), 'audit.jsonl')
  const audit = new FileAudit({ file, onFailure: 'refuse', onError })
  const items = Array.from({ length: 100 }, () => 'ż'.repeat(256))
  audit.record({ ...record('a'), items, folders: items } as AuditRecord)
  audit.close()
  const [line = ''] = linesOf(file)
  t.ok(Buffer.byteLength(line) > 64 * 1024)
  t.strictSame(JSON.parse(line).items, items)
})

t.test('P7 two writers of one file keep their lines whole', async t => {
  const file = join(t.testdir(), 'audit.jsonl')
  const audits = [0, 1].map(() => new FileAudit({ file, onFailure: 'refuse', onError }))
  for (let index = 0; index < 50; index++) {
    for (const audit of audits) audit.record(record(`d-${index}`))
  }
  for (const audit of audits) audit.close()
  t.equal(idsOf(file).length, 100)
})

t.test('P7 record() loses nothing to a kill', async t => {
  const file = join(t.testdir(), 'audit.jsonl')
  const body = `
    const audit = new FileAudit({ file, onFailure: 'refuse', onError: console.error })
    for (let index = 0; index < 200; index++) audit.record(record('d-' + index))
    process.kill(process.pid, 'SIGKILL')
    audit.record(record('late'))`
  const { signal } = spawnSync(process.execPath, program(body, file))
  t.equal(signal, 'SIGKILL')
  t.strictSame(
    idsOf(file).slice(0, 200),
    Array.from({ length: 200 }, (_, index) => `d-${index}`),
  )
})

t.test('R31 record() on a full disk', { skip: !existsSync('/dev/full') }, async t => {
  t.test('refuses the request, and reports the first failure only', async t => {
    const errors: Error[] = []
    const options = { file: '/dev/full', onFailure: 'refuse', onError: errors.push.bind(errors) }
    const audit = new FileAudit(options as ConstructorParameters<typeof FileAudit>[0])
    for (const id of ['a', 'b']) {
      try {
        audit.record(record(id))
        t.fail('must throw')
      } catch (error) {
        t.ok(error instanceof Failure)
        t.match(error, { reason: 'audit-unavailable', backOffMs: 1_000, cause: { code: 'ENOSPC' } })
      }
    }
    t.match(errors, [{ message: /`\/dev\/full`: requests are refused/, cause: { code: 'ENOSPC' } }])
    t.equal(errors.length, 1)
    audit.close()
  })

  t.test('goes on where the configuration says so', async t => {
    const errors: Error[] = []
    const audit = new FileAudit({
      file: '/dev/full',
      onFailure: 'continue',
      onError: error => errors.push(error),
    })
    audit.record(record('a'))
    t.match(errors, [{ message: /records are lost/ }])
    audit.close()
  })
})

t.test('R31 however many outcomes wait, each is written', async t => {
  const file = join(t.testdir(), 'audit.jsonl')
  const audit = new FileAudit({ file, onFailure: 'refuse', onError })
  const ids = Array.from({ length: 1_000 }, (_, n) => `o-${n}`)
  for (const id of ids) audit.record(outcome(id))
  t.ok(idsOf(file).length > 0, 'so many do not wait for the end of the turn')
  audit.record(record('large', 'x'.repeat(200)))
  t.strictSame(idsOf(file), [...ids, 'large'])
  audit.close()
})

t.test('R31 record() starts a new line after one that was written in part', async t => {
  const file = join(t.testdir(), 'audit.jsonl')
  // A limit on the size of files cuts a line in two, as a full disk does.
  const body = `
    const told = []
    const audit = new FileAudit({ file, onFailure: 'refuse', onError: e => told.push(e.message) })
    const ids = []
    try {
      for (;;) {
        audit.record(record('d-' + ids.length, 'x'.repeat(165)))
        ids.push('d-' + ids.length)
      }
    } catch (error) {
      const torn = statSync(file).size
      truncateSync(file, torn - 200) // room for one more, but not for the fragment's start
      audit.record(record('after'))
      console.log(JSON.stringify({ reason: error.reason, cause: error.cause.message, torn, told, ids }))
    }`
  const shell = 'ulimit -f 1; unset NODE_OPTIONS; exec "$@"'
  const child = spawnSync('sh', ['-c', shell, 'sh', process.execPath, ...program(body, file)])
  t.equal(child.stderr.toString(), '')
  const report = JSON.parse(child.stdout.toString())
  t.equal(report.reason, 'audit-unavailable')
  t.match(report.cause, /^Only \d+ of \d+ bytes were written$/)
  t.ok(report.torn % 512 === 0, 'the limit was met within a line')
  t.match(report.told, [/requests are refused/, /takes records again: 1 were not written/])

  const lines = linesOf(file)
  const [after, fragment] = [lines.at(-1) ?? '', lines.at(-2) ?? '']
  t.equal(JSON.parse(after).decisionId, 'after')
  t.throws(() => JSON.parse(fragment), 'what was cut stays a line of its own')
  t.strictSame(
    lines.slice(0, -2).map(line => JSON.parse(line).decisionId),
    report.ids,
  )
})

t.test('R31 FileAudit starts a new line in a file that ends within one', async t => {
  const file = join(t.testdir({ 'audit.jsonl': '{"type":"dec' }), 'audit.jsonl')
  const audit = new FileAudit({ file, onFailure: 'refuse', onError })
  audit.record(record('a'))
  audit.record(record('b'))
  audit.close()
  const [fragment, ...rest] = linesOf(file)
  t.equal(fragment, '{"type":"dec')
  t.strictSame(
    rest.map(line => JSON.parse(line).decisionId),
    ['a', 'b'],
  )
})

t.test('R31 reopen() goes on in a new file after the old one was moved away', async t => {
  const folder = t.testdir()
  const file = join(folder, 'audit.jsonl')
  const audit = new FileAudit({ file, onFailure: 'refuse', onError })
  audit.record(record('a'))
  renameSync(file, `${file}.1`)
  audit.record(record('b'))
  audit.reopen()
  audit.record(record('c'))
  audit.close()
  t.strictSame(idsOf(`${file}.1`), ['a', 'b'])
  t.strictSame(idsOf(file), ['c'])
})

t.test('R31 reopen() keeps the old file where the new one cannot be opened', async t => {
  const file = join(t.testdir(), 'audit.jsonl')
  const errors: Error[] = []
  const audit = new FileAudit({
    file,
    onFailure: 'refuse',
    onError: error => errors.push(error),
  })
  renameSync(file, `${file}.1`)
  mkdirSync(file)
  audit.reopen()
  t.match(errors, [{ message: /Cannot open the audit file/ }])
  audit.record(record('a'))
  audit.close()
  t.strictSame(idsOf(`${file}.1`), ['a'])
})

t.test('FileAudit names a file that it cannot open, and the key to change', async t => {
  const folder = t.testdir({ file: '' })
  const file = join(folder, 'file', 'audit.jsonl')
  t.throws(() => new FileAudit({ file, onFailure: 'continue', onError }), {
    message: new RegExp(`\`${file}\`.*audit.file`),
  })
})

t.test('R31 record() refuses after close()', async t => {
  const file = join(t.testdir(), 'audit.jsonl')
  const audit = new FileAudit({ file, onFailure: 'refuse', onError: () => undefined })
  audit.close()
  audit.close()
  t.throws(() => audit.record(record('a')), Failure)
})

t.test('record() is a bug where the time is none, and not dressed up', async t => {
  const file = join(t.testdir(), 'audit.jsonl')
  const audit = new FileAudit({ file, onFailure: 'continue', onError })
  t.throws(() => audit.record({ ...record('a'), at: Number.NaN }), RangeError)
  audit.close()
})

t.test('FileAudit on standard output', async t => {
  const start = (body: string): ChildProcess =>
    spawn(process.execPath, program(body), { stdio: ['ignore', 'pipe', 'pipe'] })
  const outputOf = ({ stdout, stderr }: ChildProcess) =>
    Promise.all([stdout ? text(stdout) : '', stderr ? text(stderr) : ''])

  t.test('P7 writes whole lines into a pipe that is read', async t => {
    const child = start(`
      process.stdout // makes the pipe non-blocking
      const audit = new FileAudit({ file: '-', onFailure: 'refuse', onError: console.error })
      for (let index = 0; index < 1000; index++) audit.record(record('d-' + index, 'x'.repeat(250)))
      audit.reopen()
      audit.close()
      console.log('open')`)
    const [out, errors] = await outputOf(child)
    t.equal(errors, '')
    const lines = out.split('\n')
    t.equal(lines[1000], 'open', 'close() leaves standard output open')
    t.ok(lines.slice(0, 1000).every((line, i) => JSON.parse(line).decisionId === `d-${i}`))
  })

  t.test('R31 refuses, within bounds, while nobody reads the pipe', async t => {
    const child = start(`
      const { Socket } = await import('node:net')
      new Socket({ fd: 1, readable: false }) // makes the pipe non-blocking
      const audit = new FileAudit({ file: '-', onFailure: 'refuse', onError: () => undefined })
      try {
        for (let index = 0; index < 10_000; index++) audit.record(record('d-' + index))
      } catch (error) {
        process.exitCode = error.reason === 'audit-unavailable' ? 3 : 4
        console.error(error.cause.message)
      }`)
    const [exit, errors] = await Promise.all([
      new Promise(resolve => child.on('exit', resolve)),
      child.stderr && text(child.stderr),
    ])
    child.stdout?.destroy()
    t.equal(exit, 3)
    t.match(errors, /does not keep up/)
  })
})
