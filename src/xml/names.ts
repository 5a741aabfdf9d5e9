/**
 * Qualified names.
 *
 * @module
 */

import { NAME_START } from './characters.ts'
import { malformed } from './malformed.ts'
import { latin1, NOTHING } from './text.ts'

/** A qualified name: `prefix:local`, or `local` with an empty prefix. */
export type Name = Readonly<{
  written: string
  prefix: string
  local: string
  /** The name as written, as bytes. */
  bytes: Uint8Array
  /**
   * For a namespace declaration: the declared prefix, empty for the default namespace. Otherwise undefined.
   */
  declares: string | undefined
  /** Meaning of the local name in its vocabulary, as bits. */
  meaning: number
}>

/** A local name and its meaning: bits that the scanner doesn't interpret. */
export type NameFlags = Readonly<{ local: string; meaning: number }>

/** Returns the flags of a local name, with the same string each time if the name has a meaning. */
export type FlagsOf = (local: string) => NameFlags

/** Placeholder for a tag that has not been read. */
export const NO_NAME: Name = {
  written: '',
  prefix: '',
  local: '',
  bytes: NOTHING,
  declares: undefined,
  meaning: 0,
}

/**
 * Returns the name for its bytes.
 *
 * @param bytes - characters of a name only; the name keeps them
 * @param flagsOf - meanings of local names
 * @throws Failure `envelope-malformed` if it is not a qualified name
 */
export function nameOf(bytes: Uint8Array, flagsOf: FlagsOf): Name {
  const written = latin1(bytes, 0, bytes.length)
  const colon = written.indexOf(':')
  const prefix = colon === -1 ? '' : written.slice(0, colon)
  const { local, meaning } = flagsOf(written.slice(colon + 1))

  if (!startsName(local) || local.includes(':') || (colon !== -1 && !startsName(prefix)))
    throw malformed(`"${written}" is not a qualified name`)
  const declares = prefix === 'xmlns' ? local : written === 'xmlns' ? '' : undefined
  return { written, prefix, local, bytes, declares, meaning }
}

/** Whether a text begins as a name does. An empty one doesn't. */
const startsName = (text: string) => NAME_START[text.charCodeAt(0)] === 1

/** Whether `bytes[from..to)` are the same as the bytes in `known`. */
export function same(known: Uint8Array, bytes: Uint8Array, from: number, to: number): boolean {
  const length = known.length | 0
  if (length !== to - from) return false
  for (let i = 0; i < length; i++) if (known[i] !== bytes[from + i]) return false
  return true
}
