/**
 * The ServerVersionInfo of an upstream, read from answers as they pass.
 *
 * It looks at the first 4 KiB of an answer, never holds a byte back, and takes only what is
 * whole, numbers and a version word (R30).
 *
 * @module
 */

import type { ServerVersion } from './upstream.ts'

const ELEMENT = Buffer.from('ServerVersionInfo')
const BODY = Buffer.from('Body')
const LOOKED_AT_BYTES = 4096
const LONGEST_ELEMENT_BYTES = 1024

const START = /^<(?:[A-Za-z_][\w.-]{0,31}:)?ServerVersionInfo(?=\s)/
const ATTRIBUTE = /\s+([A-Za-z][\w.:-]{0,63})\s*=\s*(?:"([^"<&]*)"|'([^'<&]*)')/y
const NUMBER = /^\d{1,9}$/
const WORD = /^[A-Za-z0-9_.]{1,32}$/

/** The beginning of an answer of which nothing has come yet. */
export const NOTHING_YET: Uint8Array = new Uint8Array(0)

export class VersionWatch {
  #element = Buffer.alloc(0)
  /** Where it stood last. */
  #at = 0
  #version: ServerVersion | undefined

  /** As last seen; undefined before the first. */
  get version(): ServerVersion | undefined {
    return this.#version
  }

  /**
   * Looks at the next piece of an answer.
   *
   * @param before - what the last call for this answer returned, at first {@link NOTHING_YET}
   * @returns the beginning of the answer for the next call, or undefined: do not call again
   */
  look(before: Uint8Array, piece: Uint8Array): Uint8Array | undefined {
    if (before.length === 0 && this.#isThereAgain(piece)) return undefined
    const beginning = joined(before, piece)
    const at = beginning.indexOf(ELEMENT)
    const end = at < 0 ? -1 : beginning.indexOf('>', at)
    if (end >= 0) {
      const start = beginning.lastIndexOf('<', at)
      this.#take(beginning.subarray(start, end), start)
      return undefined
    }
    const over = at < 0 && beginning.includes(BODY)
    return over || beginning.length >= LOOKED_AT_BYTES ? undefined : Buffer.from(beginning)
  }

  /** A server writes the same into every answer, mostly in the same place. */
  #isThereAgain(piece: Uint8Array): boolean {
    const [at, length] = [this.#at, this.#element.length]
    return (
      length > 0 &&
      piece.length > at + length &&
      this.#element.compare(piece, at, at + length) === 0
    )
  }

  #take(element: Buffer, at: number): void {
    if (element.length > LONGEST_ELEMENT_BYTES) return
    if (element.equals(this.#element)) {
      this.#at = at
      return
    }
    const version = readServerVersion(element.toString('latin1'))
    if (version === undefined) return
    this.#element = Buffer.from(element)
    this.#at = at
    this.#version = version
  }
}

/** Without a copy where the first piece is all there is, which is the rule. */
function joined(before: Uint8Array, piece: Uint8Array): Buffer {
  const more = piece.subarray(0, LOOKED_AT_BYTES - before.length)
  if (before.length > 0) return Buffer.concat([before, more])
  return Buffer.from(more.buffer, more.byteOffset, more.byteLength)
}

/**
 * Reads one start tag, given without its `>`.
 *
 * @returns undefined for anything but a whole ServerVersionInfo
 */
export function readServerVersion(tag: string): ServerVersion | undefined {
  const start = START.exec(tag)
  if (start === null) return undefined
  const attributes = readAttributes(tag, start[0].length)
  const [majorVersion, minorVersion, majorBuildNumber, minorBuildNumber] = [
    'MajorVersion',
    'MinorVersion',
    'MajorBuildNumber',
    'MinorBuildNumber',
  ].map(name => number(attributes?.get(name)))
  const version = attributes?.get('Version')

  if (majorVersion === undefined || minorVersion === undefined) return undefined
  if (majorBuildNumber === undefined || minorBuildNumber === undefined) return undefined
  if (version === undefined || !WORD.test(version)) return undefined
  return { majorVersion, minorVersion, majorBuildNumber, minorBuildNumber, version }
}

/** Undefined where anything but attributes, each of them once, stands in the tag. */
function readAttributes(tag: string, from: number): Map<string, string> | undefined {
  const attributes = new Map<string, string>()
  ATTRIBUTE.lastIndex = from
  let end = from
  for (let match = ATTRIBUTE.exec(tag); match !== null; match = ATTRIBUTE.exec(tag)) {
    const [, name = '', value = match[3] ?? ''] = match
    if (attributes.has(name)) return undefined
    attributes.set(name, value)
    end = ATTRIBUTE.lastIndex
  }
  return /^\s*\/?$/.test(tag.slice(end)) ? attributes : undefined
}

const number = (text: string | undefined) =>
  text !== undefined && NUMBER.test(text) ? Number(text) : undefined
