/**
 * Scans XML documents: strict, streaming, and namespace-aware.
 *
 * It reads a document in chunks that can end anywhere, even inside a tag or a character, and reports elements and
 * text to a listener. It accepts less than XML: only UTF-8, no DTD, no processing instruction, and only ASCII
 * names. Every accepted document is well-formed XML 1.0 with namespaces.
 *
 * @see https://www.w3.org/TR/xml/ and https://www.w3.org/TR/xml-names/
 *
 * @module
 */

import { INCOMPLETE } from './attribute-value.ts'
import { CharacterData } from './character-data.ts'
import { NAME_START, TEXT_DELIMITERS } from './characters.ts'
import { readDeclaration } from './declaration.ts'
import { type Limits, MAX_TAG_BYTES } from './limits.ts'
import type { Listener } from './listener.ts'
import { malformed } from './malformed.ts'
import { type Name, same } from './names.ts'
import { Namespaces } from './namespaces.ts'
import { PartialTag } from './partial-tag.ts'
import { ScanBuffer } from './scan-buffer.ts'
import { openingOf, sectionAt } from './sections.ts'
import { Tag } from './tag.ts'
import { copyOf, NOTHING } from './text.ts'
import type { Vocabulary } from './vocabulary.ts'

const BANG = 0x21
const LESS = 0x3c
const GREATER = 0x3e
const SLASH = 0x2f
const QUESTION = 0x3f

/** State of a scan, from which the scan of another document can continue if it begins with the same bytes. */
export type ScannerState = Readonly<{
  names: readonly Name[]
  marks: readonly number[]
  namespaces: Namespaces
  offset: number
}>

export class Scanner {
  readonly #listener: Listener
  readonly #limits: Limits
  readonly #tag: Tag
  readonly #characters: CharacterData
  readonly #namespaces: Namespaces
  /**
   * Names of the open elements, and the number of declarations in scope before each. Only the first `#depth`
   * entries are valid.
   */
  readonly #names: Name[]
  readonly #marks: number[]
  #depth: number
  /** Absolute offset of the current chunk. */
  #base: number
  /** First bytes of the document, until its declaration can be read. */
  #head: Uint8Array | undefined
  #rootDone = false
  /** Markup whose end has not arrived. */
  readonly #partial = new PartialTag()

  /**
   * @param vocabulary - meanings of the names in the document
   * @param state - state of a scan with the same vocabulary, from which this scan continues
   */
  constructor(listener: Listener, vocabulary: Vocabulary, limits: Limits, state?: ScannerState) {
    this.#listener = listener
    this.#limits = limits
    this.#namespaces = state?.namespaces.copy() ?? new Namespaces()
    this.#names = [...(state?.names ?? [])]
    this.#marks = [...(state?.marks ?? [])]
    this.#depth = this.#names.length
    this.#base = state?.offset ?? 0
    this.#head = state === undefined ? NOTHING : undefined
    this.#tag = new Tag(limits, vocabulary, this.#namespaces)
    this.#characters = new CharacterData(listener, limits.anyReference)
  }

  /** Returns the state at the start tag that the listener currently receives. */
  saveState(): ScannerState {
    const namespaces = this.#namespaces.copy()
    namespaces.leave(this.#tag.mark)
    return {
      names: this.#names.slice(0, this.#tag.depth),
      marks: this.#marks.slice(0, this.#tag.depth),
      namespaces,
      offset: this.#tag.start,
    }
  }

  /** Absolute offset before which no further element can begin or end. */
  get settled(): number {
    return this.#base - this.#partial.length
  }

  /** @throws Failure `envelope-malformed` or `encoding-refused` */
  write(chunk: Uint8Array): void {
    if (this.#head !== undefined) this.#begin(chunk, false)
    else this.#scan(new ScanBuffer(chunk))
  }

  /** @throws Failure if the document is incomplete */
  end(): void {
    if (this.#head !== undefined) this.#begin(NOTHING, true)
    this.#markup(new ScanBuffer(this.#partial.bytes), 0, this.settled)
    this.#characters.end()
    if (this.#partial.length > 0 || !this.#rootDone) throw malformed('the document ends too early')
  }

  #begin(chunk: Uint8Array, last: boolean): void {
    const head = this.#head?.length ? join(this.#head, chunk) : chunk
    const length = readDeclaration(head, last)
    if (length === undefined) {
      this.#head = copyOf(head, 0, head.length)
      return
    }
    this.#head = undefined
    this.#base = length
    this.#scan(new ScanBuffer(head.subarray(length)))
  }

  #scan(buffer: ScanBuffer): void {
    const { bytes } = buffer
    let i = 0
    while (i < bytes.length) {
      if (this.#partial.length > 0) i = this.#continueMarkup(bytes, i)
      else {
        if (this.#characters.plain) i = this.#scanPlain(buffer, i)
        i = this.#characters.scan(buffer, i, this.#depth > 0)
        if (i < bytes.length) i = this.#beginMarkup(buffer, i)
      }
    }
    this.#characters.endChunk(bytes)
    this.#base += bytes.length
  }

  /**
   * Reads plain text and complete tags inside the root, which most of a document consists of. The other methods
   * produce the same result, but are slower.
   *
   * @returns the offset of the first byte that is something else
   */
  #scanPlain(buffer: ScanBuffer, from: number): number {
    const { bytes } = buffer
    const { length } = bytes
    const base = this.#base
    let i = from
    while (this.#depth > 0) {
      const start = i
      i = buffer.skip(i, length, TEXT_DELIMITERS)
      if (i < length && bytes[i] !== LESS) return start
      if (i > start) this.#listener.text(bytes, start, i, false)
      if (i >= length) return i

      const open = this.#names[this.#depth - 1] as Name
      const second = bytes[i + 1]
      if (second === SLASH) {
        const end = endOfUsual(bytes, i + 2, open)
        if (end === INCOMPLETE) return i
        this.#close(base + end)
        i = end
      } else {
        if (NAME_START[second as number] !== 1) return i
        const end = this.#startTag(buffer, i, Math.min(length, i + MAX_TAG_BYTES), base)
        if (end === INCOMPLETE) return i
        i = end
      }
    }
    return i
  }

  /** Reads markup in place if it is complete. Otherwise buffers it until it can be complete. */
  #beginMarkup(buffer: ScanBuffer, at: number): number {
    const next = this.#markup(buffer, at, this.#base)
    if (next !== INCOMPLETE) return next
    const { bytes } = buffer
    this.#partial.add(bytes, at, bytes.length)
    return bytes.length
  }

  #continueMarkup(bytes: Uint8Array, from: number): number {
    const next = this.#partial.addUntilMaybeComplete(bytes, from)
    if (!this.#partial.mayBeComplete) return next
    const whole = new ScanBuffer(this.#partial.bytes)
    const base = this.#base + next - this.#partial.length
    if (this.#markup(whole, 0, base) !== INCOMPLETE) this.#partial.clear()
    return next
  }

  /** Reads the markup whose `<` is at `at`. @param base - absolute offset of the buffer */
  #markup(buffer: ScanBuffer, at: number, base: number): number {
    const { bytes } = buffer
    const second = bytes[at + 1]
    if (second === QUESTION) throw malformed('a processing instruction')
    if (second === BANG) return this.#section(bytes, at)

    const to = Math.min(bytes.length, at + MAX_TAG_BYTES)
    const end =
      second === SLASH ? this.#endTag(bytes, at, to, base) : this.#startTag(buffer, at, to, base)
    if (end === INCOMPLETE && to - at >= MAX_TAG_BYTES)
      throw malformed(`a tag does not end within ${MAX_TAG_BYTES} bytes`)
    return end
  }

  #section(bytes: Uint8Array, at: number): number {
    const section = sectionAt(bytes, at)
    if (section === undefined) return INCOMPLETE
    if (section === 'cdata' && this.#depth === 0) throw malformed('text outside the root element')
    this.#characters.begin(section)
    if (section === 'comment') this.#listener.comment()
    else this.#listener.text(NOTHING, 0, 0, true)
    return at + openingOf(section).length
  }

  #startTag(buffer: ScanBuffer, at: number, to: number, base: number): number {
    const tag = this.#tag
    const end = tag.readStart(buffer, at, to)
    if (end === INCOMPLETE) return INCOMPLETE

    const depth = this.#depth
    if (depth === 0 && this.#rootDone) throw malformed('a second root element')
    if (depth >= this.#limits.depth)
      throw malformed(`elements are nested deeper than ${this.#limits.depth} levels`)
    tag.depth = depth
    tag.start = base + at
    tag.end = base + end
    this.#names[depth] = tag.name
    this.#marks[depth] = tag.mark
    this.#depth = depth + 1
    const { empty } = tag
    this.#listener.open(tag)
    if (empty) this.#close(base + end)
    return end
  }

  #endTag(bytes: Uint8Array, at: number, to: number, base: number): number {
    const open = this.#names[this.#depth - 1]
    const end = this.#tag.readEnd(bytes, at, to, open)
    if (end !== INCOMPLETE) this.#close(base + end)
    return end
  }

  #close(end: number): void {
    const depth = this.#depth - 1
    this.#depth = depth
    this.#namespaces.leave(this.#marks[depth] as number)
    if (depth === 0) this.#rootDone = true
    this.#listener.close(this.#names[depth] as Name, depth, end)
  }
}

/**
 * Returns the end of an end tag in its usual form `</name>`, whose name begins at `from`. Returns INCOMPLETE if it is
 * written in another way.
 */
function endOfUsual(bytes: Uint8Array, from: number, name: Name): number {
  const end = from + name.bytes.length
  return bytes[end] === GREATER && same(name.bytes, bytes, from, end) ? end + 1 : INCOMPLETE
}

function join(head: Uint8Array, chunk: Uint8Array): Uint8Array {
  const joined = new Uint8Array(head.length + chunk.length)
  joined.set(head)
  joined.set(chunk, head.length)
  return joined
}
