import { spawnSync } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import fc from 'fast-check'
import t from 'tap'
import { Failure } from '../../src/model/failure.ts'
import { Secret } from '../../src/model/secret.ts'
import { createLog, type Log, type LogLevel } from '../../src/telemetry/log.ts'

const LOG = fileURLToPath(new URL('../../src/telemetry/log.ts', import.meta.url))

/** Returns the lines that a log writes, as text and parsed. */
function written(write: (log: Log) => void, level: LogLevel = 'debug') {
  const lines: string[] = []
  write(createLog(level, { write: line => void lines.push(line) }))
  return { text: lines.join(''), records: lines.map(line => JSON.parse(line)) }
}

t.test('createLog() writes a level, a time, the fields and the message', async t => {
  const { records } = written(log => log.info({ port: 8082 }, 'listening'))
  t.equal(records.length, 1)
  t.match(records[0].time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
  delete records[0].time
  t.strictSame(records, [{ level: 'info', port: 8082, msg: 'listening' }])
})

t.test('createLog() skips lines below its level', async t => {
  const { records } = written(log => {
    for (const level of ['debug', 'info', 'warn', 'error', 'fatal'] as const) log[level]({}, level)
    t.notOk(log.isLevelEnabled('info'))
    t.ok(log.isLevelEnabled('warn'))
  }, 'warn')
  t.strictSame(
    records.map(({ msg }) => msg),
    ['warn', 'error', 'fatal'],
  )
  t.equal(written(log => log.fatal({}, 'quiet'), 'silent').text, '')
})

const PASSWORD = 'Tr0ub4dor-and-3'
const BASIC = `Basic ${Buffer.from(`svc-gateway:${PASSWORD}`).toString('base64')}`

for (const [name, fields] of [
  ['a Secret', { upstream: new Secret(PASSWORD) }],
  ['a Secret in a list', { list: [[new Secret(PASSWORD)]] }],
  ['a Secret in a Map', { map: new Map([['a', new Secret(PASSWORD)]]) }],
  ['a Secret in an error', { err: Object.assign(new Error('no'), { a: new Secret(PASSWORD) }) }],
  ['a password', { password: PASSWORD }],
  ['a nested password', { upstream: { authentication: { Password: PASSWORD } } }],
  ['an Authorization header', { headers: { Authorization: BASIC } }],
  ['a Proxy-Authorization header', { headers: { 'proxy-authorization': PASSWORD } }],
  ['cookies', { headers: { cookie: PASSWORD, 'set-cookie': [PASSWORD] } }],
  ['a secret access key', { secretAccessKey: PASSWORD }],
  ['a client secret', { client_secret: PASSWORD }],
  ['a token', { accessToken: PASSWORD }],
  ['a private key', { tls: { privateKey: PASSWORD } }],
  [
    'a password among an error’s members',
    { err: Object.assign(Error('no'), { password: PASSWORD }) },
  ],
  ['a header quoted in text', { note: `sent ${BASIC} and failed` }],
  ['a header quoted by an error', { err: new Error(`refused: ${BASIC}`) }],
  ['a header quoted by a cause', { err: new Error('no', { cause: new Error(BASIC) }) }],
  ['a token quoted in text', { note: `Authorization: Bearer ${PASSWORD}` }],
  ['a password in a URL', { url: `postgres://gateway:${PASSWORD}@db.example.com/gateway` }],
  ['a URL', { url: new URL(`https://svc:${PASSWORD}@mail.example.com/`) }],
  ['bytes', { bytes: Buffer.from(PASSWORD) }],
] as const) {
  t.test(`P8 createLog() does not write ${name}`, async t => {
    const { text } = written(log => log.error({ ...fields, shown: 'yes' }, 'failed'))
    const encoded = [PASSWORD, BASIC.slice('Basic '.length), [...Buffer.from(PASSWORD)].join()]
    t.notOk(
      encoded.some(secret => text.includes(secret)),
      text,
    )
    t.match(text, '"shown":"yes"')
  })
}

t.test('P8 createLog() does not write a header that a message quotes', async t => {
  const { records } = written(log => log.warn({}, `was sent ${BASIC}`))
  t.equal(records[0].msg, 'was sent Basic [secret]')
})

t.test('P8 createLog() never writes a Secret, wherever it is', async t => {
  const { object } = fc.letrec(tie => ({
    value: fc.oneof({ maxDepth: 6 }, fc.constant(new Secret(PASSWORD)), fc.string(), tie('object')),
    object: fc.oneof(
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 4 }),
      fc.array(tie('value'), { maxLength: 4 }),
      tie('value').map(value => new Map([['key', value]])),
      tie('value').map(cause => new Error('failed', { cause })),
    ),
  }))
  const property = fc.property(object, value => {
    const { text } = written(log => log.error({ value }, 'failed'))
    return !text.includes(PASSWORD) && JSON.parse(text).msg === 'failed'
  })
  const { failed, seed } = fc.check(property, { numRuns: 300 })
  t.notOk(failed, `for any fields (seed ${seed})`)
})

t.test('createLog() keeps text that only resembles a credential', async t => {
  const fields = {
    accessKeyId: 'AKIAQWERTYUIOPASDFGH',
    note: 'Basic authentication was refused, bearer challenge sent',
    address: 'alice@example.com',
    url: 'https://mail.example.com/EWS/Exchange.asmx?to=alice@example.com',
  }
  const { records } = written(log => log.info(fields, 'shown'))
  t.match(records[0], fields)
})

t.test('createLog() writes an error with its code, its members and its causes', async t => {
  const root = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })
  const both = new AggregateError([root, new Error('second')], 'all addresses failed')
  const err = new Failure('upstream-unreachable', 'No answer', { cause: both, backOffMs: 1_000 })
  const { records } = written(log => log.error({ err }, 'upstream'))
  t.match(records[0], {
    msg: 'upstream',
    err: {
      type: 'Failure',
      message: 'No answer',
      reason: 'upstream-unreachable',
      backOffMs: 1_000,
      stack: /log\.test/,
      cause: {
        type: 'AggregateError',
        message: 'all addresses failed',
        errors: [
          { type: 'Error', message: 'connect ECONNREFUSED', code: 'ECONNREFUSED' },
          { message: 'second' },
        ],
      },
    },
  })
})

t.test('createLog() writes circular objects on one line', async t => {
  const circle: Record<string, unknown> = { size: 12n, list: new Set([1]) }
  circle['self'] = circle
  const error = new Error('first')
  error.cause = error
  const { text, records } = written(log => {
    log.info({ circle, err: error, agent: 'a\nb\u2028c\u009b31m' }, 'x\ny')
  })
  t.equal(text.indexOf('\n'), text.length - 1)
  t.notMatch(text, /[\u007f-\u009f\u2028]/)
  t.equal(records[0].agent, 'a\nb\u2028c\u009b31m')
  t.match(records[0].circle, { size: '12', list: [1] })
})

t.test('createLog() writes to standard error', async t => {
  const body = `
    import { createLog } from ${JSON.stringify(LOG)}
    createLog('info').info({}, 'there')
    process.kill(process.pid, 'SIGKILL')`
  const args = ['--input-type=module', '--eval', body]
  const { stdout, stderr } = spawnSync(process.execPath, args)
  t.equal(stdout.toString(), '')
  t.equal(JSON.parse(stderr.toString()).msg, 'there', inspect(stderr))
})

t.test('createLog() continues after standard error fails, and reports lost lines', t => {
  // A disk that is full in the middle of a line, and has room later.
  const program = `
    import fs from 'node:fs'
    import { syncBuiltinESMExports } from 'node:module'
    import { createLog } from ${JSON.stringify(LOG)}
    const { writeSync } = fs
    const take = (take) => { fs.writeSync = take; syncBuiltinESMExports() }
    const log = createLog('info')
    take((fd, bytes) => {
      take(() => { throw Object.assign(new Error('full'), { code: 'ENOSPC' }) })
      return writeSync(fd, bytes.subarray(0, 5))
    })
    for (let n = 0; n < 10; n += 1) log.info({}, 'line')
    take(writeSync)
    log.info({}, 'There is room')
    log.info({}, 'The end')
  `
  const options = ['--input-type=module', '-e', program]
  const { status, stderr } = spawnSync(process.execPath, options, { encoding: 'utf8' })
  t.equal(status, 0)
  const [cut, ...lines] = stderr.trim().split('\n')
  t.equal(cut, '{"lev')
  t.match(
    lines.map(line => JSON.parse(line)),
    [
      {
        level: 'error',
        time: /^20/,
        lines: 10,
        msg: 'Log lines could not be written and are lost',
      },
      { msg: 'There is room' },
      { msg: 'The end' },
    ],
  )
  t.end()
})

t.test('createLog() continues if no line can be written', t => {
  const program = `
    import { createLog } from ${JSON.stringify(LOG)}
    const log = createLog('info')
    for (let n = 0; n < 10; n += 1) log.error({}, 'line')
    process.stdout.write('alive')
  `
  const full = openSync('/dev/full', 'w')
  const options = ['--input-type=module', '-e', program]
  const { status, stdout } = spawnSync(process.execPath, options, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', full],
  })
  closeSync(full)
  t.strictSame({ status, stdout }, { status: 0, stdout: 'alive' })
  t.end()
})
