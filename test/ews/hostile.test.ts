import t from 'tap'
import { HARMLESS, HOSTILE } from '../../fixtures/hostile/documents.ts'
import type { Expectation } from '../../fixtures/hostile/expectations.ts'
import {
  DEFAULT_LIMITS,
  EnvelopeReader,
  type Limits,
  type Reading,
  readEnvelope,
} from '../../src/ews/reader.ts'
import type { BodyFacts, NamedMailbox } from '../../src/model/envelope.ts'
import { Failure } from '../../src/model/failure.ts'

/** Denials by the rules about bodies, and how the facts show them. */
const REPORTED: Readonly<Record<string, (facts: BodyFacts) => boolean>> = {
  'push-subscription': facts => facts.pushSubscription,
  'grant-refused': facts => facts.grants,
  'sender-refused': ({ sends, senders, unknownSender }) =>
    sends && (unknownSender || senders.some(address => address !== 'user@example.com')),
  'operation-refused': facts => facts.hiddenRules || facts.installsApps,
  'foreign-mailbox': facts =>
    facts.unknownMailbox || facts.mailboxes.some(({ address }) => address !== 'user@example.com'),
}

const SMALL = 3000

/** Returns the reading, or the reason of the failure. Throws any other error. */
function outcome(read: () => Reading): string | Reading {
  try {
    return read()
  } catch (error) {
    if (error instanceof Failure) return error.reason
    throw error
  }
}

/** Reads chunks that end at the given offsets, from memory that is overwritten afterward. */
function inChunks(bytes: Uint8Array, ends: Iterable<number>, limits: Limits = DEFAULT_LIMITS) {
  const reader = new EnvelopeReader(limits)
  let from = 0
  for (const end of [...ends, bytes.length]) {
    const chunk = Buffer.from(bytes.subarray(from, end))
    reader.write(chunk)
    chunk.fill(0x3c)
    from = end
  }
  reader.end()
  const { prologue, facts, operationStart, operationEnd } = reader
  if (prologue === undefined || operationStart === undefined || operationEnd === undefined)
    throw new RangeError('Cannot read: the reader is at its end and has no operation')
  return { prologue, facts, operationStart, operationEnd }
}

function* bytewise(bytes: Uint8Array) {
  for (let at = 1; at < bytes.length; at++) yield at
}

/** Every way of reading a document that must not make a difference. */
function* splits(bytes: Uint8Array, salt: number): Generator<Iterable<number>> {
  if (bytes.length >= SMALL) {
    yield [bytes.length >> 1]
    yield* [977, 4096].map(size =>
      Array.from({ length: Math.floor(bytes.length / size) }, (_, n) => (n + 1) * size),
    )
    return
  }
  yield bytewise(bytes)
  for (let at = salt % 29; at < bytes.length; at += 29) yield [at]
}

const sorted = (mailboxes: readonly NamedMailbox[] | undefined) =>
  mailboxes && [...new Set(mailboxes.map(({ address, allowed }) => `${allowed} ${address}`))].sort()

/** Returns the facts that a fixture names. */
function reported(reading: Reading, expected: Expectation) {
  const { prologue, facts } = reading
  const named = Object.keys(expected.facts) as (keyof BodyFacts)[]
  return {
    requestElement: prologue.requestElement,
    requestServerVersion: prologue.requestServerVersion,
    mailboxCulture: prologue.mailboxCulture,
    dateTimePrecision: prologue.dateTimePrecision,
    connectingSid: prologue.connectingSid,
    ...Object.fromEntries(named.map(name => [name, facts[name]])),
    mailboxes: named.includes('mailboxes') ? sorted(facts.mailboxes) : undefined,
  }
}

const wanted = ({ facts, ...prologue }: Expectation) => ({
  requestServerVersion: undefined,
  mailboxCulture: undefined,
  dateTimePrecision: undefined,
  connectingSid: undefined,
  ...prologue,
  ...facts,
  mailboxes: sorted(facts.mailboxes),
})

t.test('fixtures: there are enough of them', async t => {
  t.ok(HOSTILE.length >= 150)
  t.ok(HARMLESS.length >= 40)
})

t.test('R9 readEnvelope() rejects or reports hostile documents, in any chunks', async t => {
  for (const [number, { name, bytes, expected }] of HOSTILE.entries()) {
    const [reason = ''] = name.split('--')
    const shows = REPORTED[reason]
    const whole = outcome(() => readEnvelope(bytes))
    const chunks = differing(bytes, number, whole) ?? 'the same in chunks'
    if (shows === undefined) {
      const got = typeof whole === 'string' ? whole : 'accepted'
      t.strictSame([got, chunks], [reason, 'the same in chunks'], name)
    } else if (typeof whole === 'string' || expected === undefined) {
      t.fail(`${name} is refused: ${JSON.stringify(whole)}`)
    } else {
      const got = { shows: shows(whole.facts), chunks, ...reported(whole, expected) }
      t.same(got, { shows: true, chunks: 'the same in chunks', ...wanted(expected) }, name)
    }
  }
})

t.test('readEnvelope() accepts harmless documents, in any chunks', async t => {
  for (const [number, { name, bytes, expected }] of HARMLESS.entries()) {
    const whole = outcome(() => readEnvelope(bytes))
    if (typeof whole === 'string' || expected === undefined) {
      t.fail(`${name} is refused: ${JSON.stringify(whole)}`)
      continue
    }
    const operation = Buffer.from(bytes.subarray(whole.operationStart, whole.operationEnd))
    t.same(
      {
        ...reported(whole, expected),
        chunks: differing(bytes, number, whole) ?? 'the same in chunks',
        prologueEnd: whole.prologue.length,
        isElement: /^<[^>]*>([\s\S]*>)?$/.test(operation.toString('latin1')),
        isNoMore: operation.subarray(1).indexOf('Envelope>') < 0 || name.includes('cdata'),
      },
      {
        ...wanted(expected),
        chunks: 'the same in chunks',
        prologueEnd: whole.operationStart,
        isElement: true,
        isNoMore: true,
      },
      name,
    )
  }
})

/** The first split that is read otherwise than the whole, with what came of it. */
function differing(bytes: Uint8Array, salt: number, whole: string | Reading) {
  const expected = JSON.stringify(whole)
  for (const split of splits(bytes, salt)) {
    const ends = [...split]
    const got = JSON.stringify(outcome(() => inChunks(bytes, ends)))
    if (got !== expected) return `split at ${ends.slice(0, 3)}: ${got} instead of ${expected}`
  }
  return undefined
}

const [GET_FOLDER = new Uint8Array()] = HARMLESS.filter(
  ({ name }) => name === 'plain-get-folder',
).map(({ bytes }) => bytes)
const START = GET_FOLDER.length > 0 ? readEnvelope(GET_FOLDER).operationStart : 0

for (const [title, limits, reason] of [
  ['bodyBytes is the size of the largest body', { bodyBytes: GET_FOLDER.length }, 'accepted'],
  ['bodyBytes refuses one byte more', { bodyBytes: GET_FOLDER.length - 1 }, 'body-too-large'],
  ['bodyBytes refuses much more', { bodyBytes: 10 }, 'body-too-large'],
  ['prologueBytes leaves room', { prologueBytes: START + 100 }, 'accepted'],
  ['prologueBytes refuses a longer prologue', { prologueBytes: START - 1 }, 'envelope-malformed'],
  ['depth leaves room', { depth: 10 }, 'accepted'],
  ['depth refuses a deeper document', { depth: 3 }, 'envelope-malformed'],
  ['attributes leaves room', { attributes: 4 }, 'accepted'],
  ['attributes refuses more', { attributes: 3 }, 'envelope-malformed'],
  ['nameBytes leaves room', { nameBytes: 30 }, 'accepted'],
  ['nameBytes refuses longer names', { nameBytes: 10 }, 'envelope-malformed'],
] as const) {
  t.test(`EnvelopeReader limits: ${title}`, async t => {
    const all: Limits = { ...DEFAULT_LIMITS, ...limits }
    const tell = (result: string | Reading) => (typeof result === 'string' ? result : 'accepted')
    t.equal(tell(outcome(() => readEnvelope(GET_FOLDER, all))), reason, 'whole')
    t.equal(
      tell(outcome(() => inChunks(GET_FOLDER, bytewise(GET_FOLDER), all))),
      reason,
      'bytewise',
    )
  })
}

t.test('EnvelopeReader throws the same failure permanently', async t => {
  const reader = new EnvelopeReader()
  const failure = caught(() => reader.write(Buffer.from('<!DOCTYPE x>')))
  t.ok(failure instanceof Failure)
  t.equal(
    caught(() => reader.write(GET_FOLDER)),
    failure,
  )
  t.equal(
    caught(() => reader.end()),
    failure,
  )
  t.equal(
    caught(() => reader.write(new Uint8Array())),
    failure,
  )
})

t.test('EnvelopeReader rejects at the first invalid byte, not at the end', async t => {
  for (const { name, bytes } of HOSTILE) {
    if (!/doctype-with|instruction-in-header|two-operations|comment-in-operation/.test(name))
      continue
    const reader = new EnvelopeReader()
    t.ok(caught(() => reader.write(bytes)) instanceof Failure, name)
  }
})

t.test('EnvelopeReader returns the prologue as soon as it has been read', async t => {
  const reader = new EnvelopeReader()
  reader.write(GET_FOLDER.subarray(0, START))
  t.equal(reader.prologue, undefined)
  t.equal(reader.operationStart, undefined)
  reader.write(GET_FOLDER.subarray(START, START + '<m:GetFolder>'.length))
  t.equal(reader.prologue?.requestElement, 'GetFolder')
  t.equal(reader.operationStart, START)
  t.equal(reader.operationEnd, undefined)
})

function caught(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}
