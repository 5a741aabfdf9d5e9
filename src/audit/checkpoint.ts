/**
 * Signed checkpoints of the journal. A checkpoint contains the hash of the batch before it, and each batch contains
 * the hash of the one before, so the signature covers all records of the writer up to the checkpoint.
 *
 * @module
 */

import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto'
import type { CheckpointRecord } from './audit.ts'

type Unsigned = Omit<CheckpointRecord, 'type' | 'keyId' | 'signature'>

/** DER of a PKCS #8 private key of Ed25519 (RFC 8410), up to its 32 bytes. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** Beginning of the line of a checkpoint. */
const LINE_START = '{"type":"checkpoint",'

/** Hexadecimal digits of a key's ID. */
const KEY_ID_DIGITS = 16

export class CheckpointSigner {
  readonly #key: KeyObject
  readonly #keyId: string

  /** @param seed - 32 secret bytes. The same seed gives the same key */
  constructor(seed: Uint8Array) {
    this.#key = createPrivateKey({
      key: Buffer.concat([PKCS8_PREFIX, seed]),
      format: 'der',
      type: 'pkcs8',
    })
    this.#keyId = keyIdOf(this.publicKey)
  }

  get publicKey(): KeyObject {
    return createPublicKey(this.#key)
  }

  sign(unsigned: Unsigned): CheckpointRecord {
    const checkpoint = { ...unsigned, keyId: this.#keyId }
    const text = Buffer.from(signedText(checkpoint))
    const signature = sign(null, text, this.#key).toString('base64')
    return { ...checkpoint, type: 'checkpoint', signature }
  }
}

/** Returns a checkpoint as a line of the journal, with its line feed. */
export function lineOfCheckpoint(checkpoint: CheckpointRecord): string {
  const { type, at, writer, segment, sequence, final, keyId, signature, previous } = checkpoint
  const own = { type, at, writer, segment, sequence, final, keyId, signature, previous }
  return `${JSON.stringify(own)}\n`
}

/** Returns the first digits of the SHA-256 of a public key in DER. */
export const keyIdOf = (publicKey: KeyObject): string =>
  hash('sha256', publicKey.export({ type: 'spki', format: 'der' })).slice(0, KEY_ID_DIGITS)

/** Whether a line of the journal is a checkpoint. */
export const isCheckpoint = (line: Buffer): boolean =>
  line.subarray(0, LINE_START.length).toString('latin1') === LINE_START

/** Returns the checkpoint in a line of the journal or of a sink's file; undefined if it has none. */
export function checkpointIn(line: string): CheckpointRecord | undefined {
  const value = parse(line)
  const isComplete =
    value?.['type'] === 'checkpoint' &&
    TEXTS.every(name => typeof value[name] === 'string') &&
    NUMBERS.every(name => Number.isSafeInteger(value[name]))
  return isComplete ? (value as CheckpointRecord) : undefined
}

const TEXTS = ['at', 'writer', 'keyId', 'signature', 'previous']
const NUMBERS = ['segment', 'sequence']

function parse(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) ?? undefined
  } catch {
    return undefined
  }
}

export function isSigned(checkpoint: CheckpointRecord, publicKey: KeyObject): boolean {
  const signature = Buffer.from(checkpoint.signature, 'base64')
  if (signature.toString('base64') !== checkpoint.signature) return false
  return verify(null, Buffer.from(signedText(checkpoint)), publicKey, signature)
}

/** Returns the text that a signature covers: a JSON array without spaces. */
const signedText = (checkpoint: Omit<CheckpointRecord, 'type' | 'signature'>): string =>
  JSON.stringify([
    'ews-gateway audit checkpoint 1',
    checkpoint.writer,
    checkpoint.segment,
    checkpoint.sequence,
    checkpoint.at,
    checkpoint.final ?? false,
    checkpoint.keyId,
    checkpoint.previous,
  ])
