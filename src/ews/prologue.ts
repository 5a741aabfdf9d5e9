/**
 * Reads everything before the operation element: the start of the envelope, the headers, and the start of the body.
 *
 * @module
 */

import { type Frame, MESSAGES_NS, type Prologue, SOAP_NS } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import { SPACES } from '../xml/characters.ts'
import { malformed } from '../xml/malformed.ts'
import type { Name } from '../xml/names.ts'
import type { Tag } from '../xml/tag.ts'
import { HeaderReader } from './headers.ts'

/** Encoding rules of SOAP 1.1. */
const SOAP_ENCODING = 'http://schemas.xmlsoap.org/soap/encoding/'
const ENVELOPE_DEPTH = 0
const PART_DEPTH = 1
const CHILD_DEPTH = 2

/** Content before the operation element. It doesn't depend on the operation. */
export type Preamble = Omit<Prologue, 'requestElement' | 'length'>

/** Reads tags and text up to the operation's start tag, which sets `prologue`. */
export class PrologueReader {
  #envelope: Frame | undefined
  #header: HeaderReader | undefined
  #preamble: Preamble | undefined
  #prologue: Prologue | undefined

  /** @param preamble - cached content of the prologue, if only the operation follows */
  constructor(preamble?: Preamble) {
    this.#preamble = preamble
  }

  get preamble(): Preamble | undefined {
    return this.#preamble
  }

  get prologue(): Prologue | undefined {
    return this.#prologue
  }

  /** @throws Failure */
  open(tag: Tag): void {
    if (this.#preamble !== undefined) this.#openOperation(tag, this.#preamble)
    else if (tag.depth === ENVELOPE_DEPTH) this.#envelope = envelopeFrame(tag)
    else if (tag.depth === PART_DEPTH) this.#openPart(tag)
    else this.#header?.open(tag)
  }

  /** @throws Failure */
  close(name: Name, depth: number): void {
    if (depth > PART_DEPTH) this.#header?.close(name, depth === CHILD_DEPTH)
    else if (this.#preamble !== undefined) throw malformed('the Body is empty')
    else if (depth === PART_DEPTH) this.#header?.end()
    else throw malformed('the Envelope has no Body')
  }

  /** @throws Failure */
  text(bytes: Uint8Array, from: number, to: number, cdata: boolean): void {
    if (this.#header?.inside) this.#header.text(bytes, from, to, cdata)
    else if (cdata) throw malformed('a CDATA section between elements of the envelope')
    else if (!blank(bytes, from, to)) throw malformed('text between elements of the envelope')
  }

  /** @throws Failure */
  reference(character: string): void {
    if (!this.#header?.inside) throw malformed('a reference between elements of the envelope')
    this.#header.reference(character)
  }

  /** @throws Failure */
  comment(): void {
    if (this.#header?.inside) this.#header.comment()
  }

  #openPart(tag: Tag): void {
    if (tag.name.local === 'Body') {
      const body = frame(tag, 'Body')
      if (this.#envelope === undefined) throw malformed('the Body has no Envelope')
      this.#preamble = { envelope: this.#envelope, body, ...this.#header?.headers }
      return
    }
    frame(tag, 'Header')
    if (this.#header !== undefined) throw malformed('the Envelope has two Headers')
    this.#header = new HeaderReader()
  }

  #openOperation(tag: Tag, preamble: Preamble): void {
    const { local } = tag.name
    if (tag.namespace !== MESSAGES_NS)
      throw new Failure('operation-unknown', `${local} is not in the messages namespace`)
    this.#prologue = { ...preamble, requestElement: local, length: tag.start }
  }
}

/** Reads the Envelope, which can also have the encodingStyle that SOAP::Lite gives it. It is not forwarded. */
function envelopeFrame(tag: Tag): Frame {
  const hasOnlyStyle = tag.attributes.every(name => isEncodingStyle(tag, name))
  return frame(tag, 'Envelope', hasOnlyStyle)
}

/** Whether an attribute says that SOAP's own encoding is used, which has no effect on elements without `xsi:type`. */
function isEncodingStyle(tag: Tag, { prefix, local, written }: Name): boolean {
  if (local !== 'encodingStyle' || prefix === '' || tag.resolve(prefix) !== SOAP_NS) return false
  return tag.attribute(written) === SOAP_ENCODING
}

/** Reads an element of the SOAP envelope, which can have namespace declarations but no other attributes. */
function frame(tag: Tag, local: string, canHaveAttributes = false): Frame {
  if (tag.name.local !== local || tag.namespace !== SOAP_NS)
    throw malformed(`${tag.name.written} instead of ${local} of SOAP 1.1`)
  if (tag.hasAttributes && !canHaveAttributes) throw malformed(`${local} has attributes`)
  return { name: tag.name.written, namespaces: tag.declared() }
}

/** Whether the bytes are white space only. */
export function blank(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (SPACES[bytes[i] as number] === 0) return false
  return true
}
