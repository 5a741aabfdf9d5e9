import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { AuditRecord } from '../../src/audit/audit.ts'
import type { Consumer } from '../../src/audit/consumer.ts'
import { Delivery, type DeliveryOptions } from '../../src/audit/delivery.ts'
import { lineOf } from '../../src/audit/line.ts'
import { FilePositions } from '../../src/audit/positions.ts'
import { newWriter, segmentFile, segmentsIn } from '../../src/audit/segments.ts'
import { copyTo } from '../kit/journal.ts'

const T = Date.UTC(2026, 10, 27)
const MINUTE_MS = 60_000
const DAY_MS = 86_400_000

/** The ID of a process that has ended. */
const ENDED = Number(
  spawnSync(process.execPath, ['--print', 'process.pid'], { encoding: 'utf8' }).stdout,
)

/** The journal of this process, in which these tests record nothing. */
const journalOf = (writer: string, segment = 1): DeliveryOptions['journal'] => ({
  writer,
  segment,
  record: () => undefined,
  written: async () => undefined,
  committed: () => undefined,
  checkWritable: () => undefined,
})

type SegmentOptions = Readonly<{ segment?: number; pid?: number; host?: string; at?: number }>

/** A journal of several writers, and processes that deliver it to a copy each. */
function startFolder(t: Test) {
  const folder = t.testdir()
  /** Writes a segment with one record, which was touched at the given time. */
  const write = (writer: string, name: string, options: SegmentOptions = {}) => {
    const { segment = 1, pid = ENDED, host = hostname(), at = T } = options
    const file = segmentFile(folder, { writer, segment })
    const header = JSON.stringify({ type: 'segment', writer, segment, host, pid })
    writeFileSync(file, `${header}\n{"name":"${name}"}\n`)
    utimesSync(file, at / 1_000, at / 1_000)
    return file
  }
  const start = (writer: string, options: Partial<DeliveryOptions> = {}) => {
    const file = join(folder, `${writer}-copy.jsonl`)
    const positions = new FilePositions(join(folder, 'positions', `copy-${writer}`))
    const errors: unknown[] = []
    const delivery = new Delivery({
      folder,
      journal: journalOf(writer),
      consumers: [copyTo(file, positions)],
      keepMs: 10 * DAY_MS,
      now: () => T,
      failed: (_, error) => errors.push(error),
      recovered: () => undefined,
      ...options,
    })
    t.teardown(() => delivery.close())
    const names = async () => {
      await delivery.drain()
      const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1)
      return lines.map(line => JSON.parse(line).name)
    }
    return { delivery, names, errors, positions }
  }
  const segments = () => segmentsIn(readdirSync(folder)).map(({ writer }) => writer)
  return { folder, write, start, segments }
}

const newWriters = (count: number) =>
  Array.from({ length: count }, (_, n) => newWriter(T + n * 1_000))

t.test('R37 Delivery takes over the records of a process that has ended', async t => {
  const { write, start } = startFolder(t)
  const [own = '', ended = '', elsewhere = '', silent = '', running = '', torn = ''] = newWriters(6)
  write(own, 'own', { pid: process.pid })
  write(ended, 'ended')
  write(elsewhere, 'elsewhere', { host: 'another', at: T - MINUTE_MS + 1 })
  write(silent, 'silent', { host: 'another', at: T - MINUTE_MS })
  write(running, 'running', { pid: process.ppid })
  writeFileSync(write(torn, 'torn', { host: 'another' }), '{"type":"seg')
  const { names, errors } = start(own)
  t.strictSame(await names(), ['own', 'ended', 'silent'])
  t.strictSame(errors, [])
})

t.test('R37 Delivery reads only what its own process has committed', async t => {
  const { write, start } = startFolder(t)
  const [own = '', ended = ''] = newWriters(2)
  write(own, 'own', { pid: process.pid })
  write(ended, 'ended')
  let bytes = 0
  const { names } = start(own, {
    journal: { ...journalOf(own), committed: () => ({ segment: 1, bytes }) },
  })
  t.strictSame(await names(), ['ended'])
  bytes = 1_000
  t.strictSame(await names(), ['ended', 'own'])
})

t.test('R37 Delivery ends requests of a process that has ended, after their decisions', async t => {
  const { folder, write, start } = startFolder(t)
  const [own = '', ended = '', running = ''] = newWriters(3)
  const decide = (writer: string, decisionId: string, pid = ENDED) =>
    writeFileSync(
      write(writer, writer, { pid }),
      `{"type":"segment","host":"${hostname()}","pid":${pid}}\n${lineOf({ type: 'decision', at: T, decisionId, verdict: 'allow' })}`,
    )
  write(own, 'own', { pid: process.pid })
  decide(ended, 'ended')
  decide(running, 'running', process.ppid)
  const outcomes: AuditRecord[] = []
  const record = (outcome: AuditRecord) => outcomes.push(outcome)
  const now = Date.now
  const { delivery, names } = start(own, { now, journal: { ...journalOf(own), record } })
  await delivery.takeOver()
  t.strictSame(outcomes, [], 'before the copy has the decision')
  await names()
  await delivery.takeOver()
  await delivery.takeOver()
  t.match(outcomes, [{ type: 'outcome', decisionId: 'ended', outcome: 'ABORTED', writer: ended }])
  t.equal(outcomes.length, 1)
  const positions = new FilePositions(join(folder, 'positions', 'outcomes'))
  t.ok(positions.of(ended))
  rmSync(segmentFile(folder, { writer: ended, segment: 1 }))
  await delivery.expire()
  t.equal(positions.of(ended), undefined)
})

t.test('R37 Delivery records no outcomes after it has stopped', async t => {
  const { write, start } = startFolder(t)
  const [own = '', ended = ''] = newWriters(2)
  write(own, 'own', { pid: process.pid })
  const decision = lineOf({ type: 'decision', at: T, decisionId: 'open', verdict: 'allow' })
  const header = `{"type":"segment","host":"${hostname()}","pid":${ENDED}}`
  writeFileSync(write(ended, 'ended'), `${header}\n${decision}`)
  const outcomes: AuditRecord[] = []
  const record = (outcome: AuditRecord) => outcomes.push(outcome)
  const { delivery, names } = start(own, {
    now: Date.now,
    journal: { ...journalOf(own), record },
  })
  await delivery.takeOver()
  await names()
  await delivery.stop()
  await delivery.takeOver()
  t.strictSame(outcomes, [])
})

t.test('R37 a receiver that is away keeps segments, but no outcomes of ended requests', async t => {
  const { write, start, segments } = startFolder(t)
  const [own = '', ended = ''] = newWriters(2)
  write(own, 'own', { pid: process.pid })
  const file = write(ended, 'ended', { at: T - 10 * DAY_MS })
  const decision = lineOf({ type: 'decision', at: T, decisionId: 'open', verdict: 'allow' })
  writeFileSync(file, `{"type":"segment","host":"${hostname()}","pid":${ENDED}}\n${decision}`)
  const outcomes: AuditRecord[] = []
  const record = (outcome: AuditRecord) => outcomes.push(outcome)
  let isAway = true
  const receiver: Consumer = {
    name: 'receiver',
    isRemote: true,
    position: async () => undefined,
    consume: async () => {
      if (isAway) throw new Error('away')
    },
    forget: async () => undefined,
    close: async () => undefined,
  }
  const { delivery } = start(own, {
    consumers: [receiver],
    now: Date.now,
    journal: { ...journalOf(own), record },
  })
  await delivery.drain()
  await delivery.takeOver()
  t.match(outcomes, [{ decisionId: 'open', outcome: 'ABORTED' }])
  utimesSync(file, T / 1_000 - 1, T / 1_000 - 1)
  const later = start(own, {
    consumers: [receiver],
    now: () => T + 10 * DAY_MS,
    keepMs: 10 * DAY_MS,
  })
  await later.delivery.drain()
  await later.delivery.expire()
  t.strictSame(segments(), [own, ended])
  t.equal(later.delivery.overdueBytes, statSync(file).size)
  isAway = false
  await later.delivery.drain()
  await later.delivery.expire()
  t.strictSame(segments(), [own])
  t.equal(later.delivery.overdueBytes, 0)
})

t.test('R37 an earlier process with the same ID has ended', async t => {
  const { write, start } = startFolder(t)
  const [own = '', before = ''] = newWriters(2)
  write(own, 'own', { pid: process.pid })
  write(before, 'before', { pid: process.pid })
  t.strictSame(await start(own).names(), ['own', 'before'])
})

t.test('R37 one process takes over each writer, and another if that one ends, too', async t => {
  const { folder, write, start } = startFolder(t)
  const [first = '', second = '', ended = '', late = ''] = newWriters(4)
  write(first, 'first', { pid: process.ppid })
  write(second, 'second', { pid: process.ppid })
  write(ended, 'ended')
  const one = start(first)
  const other = start(second)
  t.strictSame(await one.names(), ['first', 'ended'])
  t.strictSame(await other.names(), ['second'])

  write(first, 'first')
  write(late, 'late')
  await other.delivery.takeOver()
  const names = await other.names()
  t.strictSame(names.sort(), ['ended', 'first', 'late', 'second'])
  t.strictSame(readdirSync(join(folder, 'claims')).sort(), [
    `${first}.1`,
    `${ended}.1`,
    `${ended}.2`,
    `${late}.1`,
  ])
})

t.test('R37 a claim that a crash left empty is not one', async t => {
  const { folder, write, start } = startFolder(t)
  const [own = '', ended = ''] = newWriters(2)
  write(own, 'own', { pid: process.pid })
  write(ended, 'ended')
  await start(own).names()
  writeFileSync(join(folder, 'claims', `${ended}.1`), '')
  t.strictSame(await start(own).names(), ['own', 'ended'])
  t.equal(readFileSync(join(folder, 'claims', `${ended}.2`), 'utf8'), own)
})

t.test('R37 a segment is deleted after its retention, if every consumer has it', async t => {
  const { folder, write, start, segments } = startFolder(t)
  const [own = '', ended = '', running = ''] = newWriters(3)
  const old = T - 10 * DAY_MS
  write(own, 'own 1', { pid: process.pid, at: old })
  write(own, 'own 2', { pid: process.pid, segment: 2, at: old })
  write(own, 'own 3', { pid: process.pid, segment: 3, at: old })
  write(ended, 'ended', { at: old })
  write(running, 'running', { at: old, pid: process.ppid, host: 'another' })
  utimesSync(segmentFile(folder, { writer: running, segment: 1 }), T / 1_000, T / 1_000)
  const { delivery, names, errors, positions } = start(own, {
    journal: journalOf(own, 3),
  })
  await delivery.expire()
  t.strictSame(segments(), [own, own, own, ended, running], 'before the copy has them')
  await names()
  t.ok(positions.of(ended))
  await delivery.expire()
  t.strictSame(segments(), [own, running], 'the segment that is written stays')
  t.equal(positions.of(ended), undefined, 'the position of a writer without segments is removed')
  t.strictSame(readdirSync(join(folder, 'claims')), [])
  t.strictSame(errors, [])
})

t.test('R37 files that a crash leaves without a record are deleted as well', async t => {
  const { write, start, segments } = startFolder(t)
  const [own = '', ended = '', torn = '', resumed = ''] = newWriters(4)
  write(own, 'own', { pid: process.pid })
  const old = { at: T - 10 * DAY_MS }
  const begun = (file: string, content: string) => {
    writeFileSync(file, content)
    utimesSync(file, old.at / 1_000, old.at / 1_000)
  }
  begun(write(ended, 'ended'), '{"type":"segment"}\n')
  const half = '{"type":"segment"}\n{"name":"whole"}\n{"name":'
  begun(write(torn, 'torn'), half)
  const late = write(resumed, 'resumed', old)
  const { delivery, names } = start(own)
  t.strictSame((await names()).sort(), ['own', 'resumed', 'whole'])
  begun(late, `${readFileSync(late, 'utf8')}{"name":"late"}\n`)
  await delivery.expire()
  t.strictSame(segments(), [own, resumed], 'not what came after the writer was taken over')
})

t.test('R37 the positions of a process that died are removed', async t => {
  const { folder, write, start } = startFolder(t)
  const [own = '', ended = ''] = newWriters(2)
  write(own, 'own', { pid: process.pid })
  const file = write(ended, 'ended')
  const { delivery, names, positions } = start(own)
  await names()
  await delivery.close()
  rmSync(file)
  const next = start(own)
  t.ok(positions.of(ended))
  await next.delivery.expire()
  t.equal(positions.of(ended), undefined)
  t.strictSame(readdirSync(join(folder, 'claims')), [])
})

t.test('Delivery reports no failure of work that its end interrupts', async t => {
  const { folder, write, start } = startFolder(t)
  const [own = '', ended = ''] = newWriters(2)
  write(own, 'own', { pid: process.pid })
  const file = write(ended, 'ended')
  const copy = copyTo(join(folder, 'copy'), new FilePositions(join(folder, 'positions', 'copy')))
  const forgetting = Promise.withResolvers<void>()
  const closing = Promise.withResolvers<void>()
  const slow: Consumer = {
    name: 'slow',
    position: writer => copy.position(writer),
    consume: lines => copy.consume(lines),
    forget: async () => {
      forgetting.resolve()
      await closing.promise
      throw new Error('driver has already been destroyed')
    },
    close: async () => {
      closing.resolve()
      await copy.close()
    },
  }
  const { delivery, errors } = start(own, { consumers: [slow] })
  await delivery.drain()
  rmSync(file)
  const expiry = delivery.expire()
  await forgetting.promise
  await delivery.close()
  await expiry
  t.strictSame(errors, [])
})

t.test('R37 a segment is kept until its time is over', async t => {
  const { write, start, segments } = startFolder(t)
  const [own = '', ended = ''] = newWriters(2)
  write(own, 'own', { pid: process.pid })
  write(ended, 'ended', { at: T - 10 * DAY_MS + 1 })
  const { delivery, names } = start(own)
  await names()
  await delivery.expire()
  t.strictSame(segments(), [own, ended])
})

t.test('R38 Delivery reports once that taking over fails, and continues later', async t => {
  const { folder, write, start } = startFolder(t)
  const [own = '', ended = ''] = newWriters(2)
  write(own, 'own', { pid: process.pid })
  const { delivery, names, errors } = start(own)
  await names()
  const claims = join(folder, 'claims')
  writeFileSync(claims, 'in its place')
  write(ended, 'ended')
  await delivery.takeOver()
  await delivery.takeOver()
  t.equal(errors.length, 1)
  rmSync(claims)
  await delivery.takeOver()
  t.strictSame(await names(), ['own', 'ended'])
  t.ok(statSync(claims).isDirectory())
  rmSync(claims, { recursive: true })
  writeFileSync(claims, 'again')
  await delivery.takeOver()
  t.equal(errors.length, 2, 'a failure after a success is a new one')
})

t.test('R37 Delivery follows its own process before it has a segment', async t => {
  const { write, start } = startFolder(t)
  const [own = ''] = newWriters(1)
  const { delivery, names } = start(own)
  await delivery.expire()
  write(own, 'own', { pid: process.pid })
  t.strictSame(await names(), ['own'])
})

t.test('R38 Delivery returns for each consumer how long ago it had all records', async t => {
  const { write, start } = startFolder(t)
  const [own = ''] = newWriters(1)
  write(own, 'own', { pid: process.pid })
  let at = T
  const { delivery, names } = start(own, { now: () => at })
  await names()
  at += 5_000
  t.strictSame([...delivery.lags().values()], [5_000])
})
