/**
 * Reason why the scanner rejects a document.
 *
 * @module
 */

import { Failure } from '../../src/model/failure.ts'
import { DEFAULT_LIMITS } from '../../src/xml/limits.ts'
import { Scanner } from '../../src/xml/scanner.ts'
import { Vocabulary } from '../../src/xml/vocabulary.ts'

const IGNORE = {
  open: () => undefined,
  close: () => undefined,
  text: () => undefined,
  reference: () => undefined,
  comment: () => undefined,
}
const VOCABULARY = new Vocabulary()
const LIMITS = { ...DEFAULT_LIMITS, nameBytes: 16, attributes: 70, depth: 3 }

/** Returns a scanner with small limits that reports nothing. */
export const scanner = () => new Scanner(IGNORE, VOCABULARY, LIMITS)

/** Returns why a document is rejected; undefined: it is accepted. */
export function rejection(document: Uint8Array, length = document.length): string | undefined {
  try {
    const reader = scanner()
    for (let at = 0; at < document.length; at += length)
      reader.write(document.subarray(at, at + length))
    reader.end()
    return undefined
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    return `${error.reason}: ${error.message}`
  }
}
