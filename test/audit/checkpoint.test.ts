/**
 * Checkpoints: their format, which outlives releases, and lines that only look like them.
 */

import { createPublicKey } from 'node:crypto'
import t from 'tap'
import type { CheckpointRecord } from '../../src/audit/audit.ts'
import {
  CheckpointSigner,
  checkpointIn,
  isCheckpoint,
  isSigned,
  keyIdOf,
  lineOfCheckpoint,
} from '../../src/audit/checkpoint.ts'
import { beginningOf } from '../../src/audit/reader.ts'
import { StoredCheckpoints } from '../../src/audit/stored-checkpoints.ts'

const SIGNER = new CheckpointSigner(new Uint8Array(32).fill(7))

const UNSIGNED = {
  at: '2026-11-27T17:58:03.000Z',
  writer: '20261127T175803Z-0123abcd',
  segment: 2,
  sequence: 17,
  previous: '0123456789abcdef'.repeat(4),
} as const

const LINES = [
  '{"type":"checkpoint","at":"2026-11-27T17:58:03.000Z","writer":"20261127T175803Z-0123abcd","segment":2,"sequence":17,"keyId":"324be2dea8bc4446","signature":"OrKiYpUpr73CiyvlyEuIF+2yoaqPr8M6iEmuj2T0x0KRz26MT7MqcjKIJ0uFH+EHNJCljsDWK7cfU9/VYHsLCw==","previous":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}',
  '{"type":"checkpoint","at":"2026-11-27T17:58:03.000Z","writer":"20261127T175803Z-0123abcd","segment":2,"sequence":17,"final":true,"keyId":"324be2dea8bc4446","signature":"O731wGXEyM0Y+gx6waekB3Mi9oTmR0Mf+/BXY0O81ZHRTNiWjgz0t5ePArqOHiWVmofp3R12W/uMsy/1o4oHDg==","previous":"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}',
] as const

const checkpointOf = (more: Partial<CheckpointRecord> = {}) => SIGNER.sign({ ...UNSIGNED, ...more })

t.test('a checkpoint is the same line in each release', async t => {
  t.equal(lineOfCheckpoint(checkpointOf()), `${LINES[0]}\n`)
  t.equal(lineOfCheckpoint(checkpointOf({ final: true })), `${LINES[1]}\n`)
  t.equal(keyIdOf(SIGNER.publicKey), '324be2dea8bc4446')
})

t.test('isSigned() notices any change of a checkpoint', async t => {
  for (const line of LINES) {
    const checkpoint = checkpointIn(line)
    t.ok(checkpoint && isSigned(checkpoint, SIGNER.publicKey))
    t.notOk(checkpoint && isSigned(checkpoint, new CheckpointSigner(new Uint8Array(32)).publicKey))
    for (const change of [
      { at: '2026-11-27T17:58:03.001Z' },
      { writer: `${UNSIGNED.writer}0` },
      { segment: 3 },
      { sequence: 18 },
      { final: line === LINES[0] },
      { keyId: '0' },
      { previous: '0'.repeat(64) },
      { signature: `${checkpoint?.signature} ` },
      { signature: checkpoint?.signature.replace('==', '') },
      { signature: '' },
    ])
      t.notOk(
        isSigned({ ...checkpoint, ...change } as CheckpointRecord, SIGNER.publicKey),
        JSON.stringify(change),
      )
  }
})

t.test('a public key in PEM has the same ID', async t => {
  const pem = SIGNER.publicKey.export({ type: 'spki', format: 'pem' })
  t.equal(keyIdOf(createPublicKey(pem)), keyIdOf(SIGNER.publicKey))
})

t.test('checkpointIn() returns only whole checkpoints', async t => {
  const whole = JSON.parse(LINES[0])
  t.strictSame(checkpointIn(LINES[0]), whole)
  for (const name of ['type', 'at', 'writer', 'keyId', 'signature', 'previous']) {
    for (const value of [undefined, 1, null])
      t.equal(checkpointIn(JSON.stringify({ ...whole, [name]: value })), undefined, name)
  }
  for (const name of ['segment', 'sequence'])
    for (const value of [undefined, '1', 1.5, 2 ** 53, null])
      t.equal(checkpointIn(JSON.stringify({ ...whole, [name]: value })), undefined, name)
  t.equal(checkpointIn(LINES[0].replace('"checkpoint"', '"decision"')), undefined)
  for (const line of ['', 'null', '1', '[]', LINES[0].slice(0, -1)])
    t.equal(checkpointIn(line), undefined, line)
})

t.test('isCheckpoint() compares the beginning of a line', async t => {
  for (const [line, expected] of [
    [LINES[0], true],
    ['{"type":"checkpoint",', true],
    ['{"type":"checkpoint"', false],
    ['{"type":"checkpoint"}', false],
    ['{"type":"decision"}', false],
    [` ${LINES[0]}`, false],
    ['', false],
  ] as const)
    t.equal(isCheckpoint(Buffer.from(line)), expected, line)
})

/** Returns the sequence of the checkpoint that is kept of some lines; undefined if none is. */
async function keptOf(...lines: readonly string[]) {
  const kept: number[] = []
  const stored: unknown[] = []
  const consumer = new StoredCheckpoints({
    positions: {
      of: () => undefined,
      store: position => void stored.push(position),
      forget: () => undefined,
    },
    publicKeys: [SIGNER.publicKey],
    keep: async ({ sequence }) => void kept.push(sequence),
  })
  const start = beginningOf(UNSIGNED.writer)
  const end = { ...start, sequence: lines.length }
  const bytes = Buffer.from(`--${lines.map(line => `${line}\n`).join('')}--`)
  await consumer.consume({ bytes: bytes.subarray(2, -2), start, end })
  t.strictSame(stored, [end], 'the position is stored in any case')
  return kept
}

t.test('StoredCheckpoints keeps the last checkpoint among other lines', async t => {
  const [one, two] = [1, 2].map(sequence => lineOfCheckpoint(checkpointOf({ sequence })).trimEnd())
  const other = lineOfCheckpoint(checkpointOf({ writer: 'other' })).trimEnd()
  const forged = LINES[0].replace('"sequence":17', '"sequence":18')
  const record = '{"type":"decision"}'
  for (const [what, lines, kept] of [
    ['none', [record], []],
    ['no line', [], []],
    ['one alone', [one], [1]],
    ['the last', [record, one, record, two, record], [2]],
    ['one before a forged one', [one, forged], [1]],
    ['one before one of another writer', [one, other, record], [1]],
    ['one before one within another line', [one, `{"a":${two}}`, `x${two}`], [1]],
    ['one before half of one', [one, two?.slice(0, -9)], [1]],
    ['none of a forged one at the beginning', [forged, record], []],
    ['none of two forged ones', [forged, forged], []],
  ] as const)
    t.strictSame(await keptOf(...lines.map(String)), kept, what)
})

t.test('StoredCheckpoints passes on the positions of its writers', async t => {
  const forgotten: string[] = []
  const consumer = new StoredCheckpoints({
    positions: {
      of: beginningOf,
      store: () => undefined,
      forget: writer => void forgotten.push(writer),
    },
    publicKeys: [],
    keep: async () => undefined,
  })
  t.strictSame(await consumer.position('w'), beginningOf('w'))
  await consumer.forget('w')
  t.strictSame(forgotten, ['w'])
  t.strictSame([consumer.name, consumer.isRemote], ['store', true])
  await consumer.close()
})
