import fc from 'fast-check'
import t from 'tap'
import { EnvelopeReader, type Reading, readEnvelope } from '../../src/ews/reader.ts'
import { rebuildHead, rebuildTail } from '../../src/ews/rebuild.ts'
import type { Prologue } from '../../src/model/envelope.ts'
import { Failure } from '../../src/model/failure.ts'
import { anyCharacter } from '../kit/characters.ts'
import { runs } from '../kit/runs.ts'
import { carelessTree, disagreement, misplaced, overlooked } from './careless.ts'
import { cuts, damagedRequest, mutatedRequest, realRequests, xmlSoup } from './generators.ts'

const SEED = 20261124
const RESOLVED = 'resolved@example.com'
const REASONS = [
  'envelope-malformed',
  'encoding-refused',
  'header-refused',
  'impersonation-ambiguous',
  'impersonation-missing',
  'operation-unknown',
  'body-too-large',
]

const requests = realRequests()
const encode = (text: string): Uint8Array => Buffer.from(text, 'utf8')

/** Returns the reading or the failure. Throws any other error, because it is a programming error. */
function outcome(read: () => Reading): Reading | Failure {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    if (!REASONS.includes(error.reason)) throw new RangeError(`Not a reader's: ${error.reason}`)
    return error
  }
}

function inChunks(bytes: Uint8Array, shares: readonly number[]): Reading {
  const reader = new EnvelopeReader()
  const ends = shares.map(share => Math.floor(share * bytes.length)).sort((a, b) => a - b)
  let from = 0
  for (const end of [...ends, bytes.length]) {
    reader.write(bytes.slice(from, end))
    from = end
  }
  reader.end()
  const { prologue, facts, operationStart, operationEnd } = reader
  if (prologue === undefined || operationStart === undefined || operationEnd === undefined)
    throw new RangeError('Cannot read: the reader is at its end and has no operation')
  return { prologue, facts, operationStart, operationEnd }
}

const shown = (result: Reading | Failure) =>
  result instanceof Failure ? result.reason : JSON.stringify(result)

/** Returns the request that the gateway would send. */
function rebuilt(bytes: Uint8Array, { prologue, operationStart, operationEnd }: Reading) {
  const head = rebuildHead(prologue, RESOLVED)
  const operation = bytes.subarray(operationStart, operationEnd)
  const tail = rebuildTail(prologue, bytes.length - operationEnd)
  return { head, document: Buffer.concat([head, operation, tail]), operation }
}

/** Says what is wrong with what would be sent for an accepted request. */
function flaw(bytes: Uint8Array, reading: Reading): string | undefined {
  const { head, document, operation } = rebuilt(bytes, reading)
  if (document.length !== bytes.length - reading.prologue.length + head.length)
    return 'its length was not known beforehand'

  const again = outcome(() => readEnvelope(document))
  if (again instanceof Failure) return `refused: ${again.message}`
  if (!document.subarray(again.operationStart, again.operationEnd).equals(operation))
    return 'another operation element'
  if (JSON.stringify(again.facts) !== JSON.stringify(reading.facts)) return 'other facts'
  if (again.prologue.length !== head.length) return 'another prologue'
  const { kind, value } = again.prologue.connectingSid ?? {}
  if (kind !== 'PrimarySmtpAddress' || value !== RESOLVED) return `impersonates ${value}`
  if (kept(again.prologue) !== kept(reading.prologue)) return 'other headers or namespaces'
  if (!document.equals(rebuilt(document, again).document)) return 'not the same when rebuilt again'
  const root = carelessTree(document.toString('utf8'))
  return (
    disagreement(document.toString('utf8'), root, RESOLVED, reading.prologue.requestElement) ??
    misplaced(root) ??
    overlooked(root, reading.facts)
  )
}

const kept = ({ connectingSid, length, ...rest }: Prologue) =>
  JSON.stringify(rest, Object.keys(rest).sort().concat(['name', 'namespaces']))

t.test('P1 rebuildHead() and rebuildTail() of every real request', async t => {
  let accepted = 0
  for (const request of requests) {
    const bytes = encode(request)
    const reading = outcome(() => readEnvelope(bytes))
    if (reading instanceof Failure) continue
    accepted++
    t.equal(flaw(bytes, reading), undefined, request.slice(0, 80))
  }
  t.ok(accepted > 100)
})

t.test('readEnvelope() returns an envelope or throws a Failure for any bytes', async () => {
  const read = (bytes: Uint8Array) => void outcome(() => readEnvelope(bytes))
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), read), {
    seed: SEED,
    numRuns: runs(500),
  })
  fc.assert(fc.property(xmlSoup.map(encode), read), { seed: SEED, numRuns: runs(750) })
  fc.assert(fc.property(fc.string({ unit: anyCharacter, maxLength: 100 }).map(encode), read), {
    seed: SEED,
    numRuns: runs(250),
  })
})

t.test('P2 readEnvelope() rejects a damaged request, or it is rebuilt as it was read', async t => {
  fc.assert(
    fc.property(damagedRequest(requests), bytes => {
      const reading = outcome(() => readEnvelope(bytes))
      if (reading instanceof Failure) return
      const wrong = flaw(bytes, reading)
      if (wrong !== undefined) throw new Error(wrong)
    }),
    { seed: SEED, numRuns: runs(750) },
  )
  t.pass()
})

t.test('P1 P2 a mutated request is rejected, or understood alike by every reader', async t => {
  const reasons = new Map<string, number>()
  fc.assert(
    fc.property(mutatedRequest(requests), text => {
      const bytes = encode(text)
      const reading = outcome(() => readEnvelope(bytes))
      const result = reading instanceof Failure ? reading.reason : 'accepted'
      reasons.set(result, (reasons.get(result) ?? 0) + 1)
      if (reading instanceof Failure) return
      const wrong = flaw(bytes, reading)
      if (wrong !== undefined) throw new Error(wrong)
    }),
    { seed: SEED, numRuns: runs(2_000) },
  )
  t.ok((reasons.get('accepted') ?? 0) > runs(250), 'enough of them are accepted')
  for (const reason of REASONS)
    if (reason !== 'body-too-large' && reason !== 'encoding-refused')
      t.ok((reasons.get(reason) ?? 0) > 5, `some are ${reason}`)
})

t.test('EnvelopeReader reads a request alike in any chunks', async () => {
  const documents = fc.oneof(
    fc.constantFrom(...requests).map(encode),
    mutatedRequest(requests).map(encode),
    damagedRequest(requests),
  )
  fc.assert(
    fc.property(documents, cuts, (bytes, shares) => {
      const whole = shown(outcome(() => readEnvelope(bytes)))
      const chunks = shown(outcome(() => inChunks(bytes, shares)))
      if (whole !== chunks) throw new Error(`whole: ${whole}, in chunks: ${chunks}`)
    }),
    { seed: SEED, numRuns: runs(1_000) },
  )
})
