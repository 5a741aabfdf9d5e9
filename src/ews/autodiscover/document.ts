/**
 * Reads documents of Autodiscover after the strict scanner has accepted them, and writes them.
 *
 * @module
 */

import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import { Failure } from '../../model/failure.ts'
import type { Limits } from '../../xml/limits.ts'
import { malformed } from '../../xml/malformed.ts'
import { Scanner } from '../../xml/scanner.ts'
import { Vocabulary } from '../../xml/vocabulary.ts'

/** Maximum size of a document in bytes. Requests of clients have about 4 KB. */
export const MAX_DOCUMENT_BYTES = 16_384
const LIMITS: Limits = {
  bodyBytes: MAX_DOCUMENT_BYTES,
  prologueBytes: MAX_DOCUMENT_BYTES,
  depth: 16,
  attributes: 32,
  nameBytes: 256,
}

/** Vocabulary without meanings, because fast-xml-parser reads the names. */
const VOCABULARY = new Vocabulary()

const PARSER = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  htmlEntities: true,
})

const BUILDER = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@' })

/** Elements by name, without prefixes. */
export type Elements = Readonly<{ [name: string]: unknown }>

/**
 * Reads a document whose root has a name in a namespace.
 *
 * @returns the content of the root
 * @throws Failure `envelope-malformed`, `encoding-refused`
 */
export function readDocument(bytes: Uint8Array, namespace: string, root: string): Elements {
  const scanner = new Scanner(
    {
      open: tag => {
        if (tag.depth === 0 && (tag.name.local !== root || tag.namespace !== namespace))
          throw malformed(`the root of the document is not ${root}`)
      },
      close: () => undefined,
      text: (_bytes, _from, _to, cdata) => {
        if (cdata) throw malformed('the document has a CDATA section')
      },
      reference: () => undefined,
      comment: () => {
        throw malformed('the document has a comment')
      },
    },
    VOCABULARY,
    LIMITS,
  )
  scanner.write(bytes)
  scanner.end()
  return inside(parse(bytes), root) ?? {}
}

/** Parses a document. The parser rejects some names that the scanner accepts, such as `__proto__`. */
function parse(bytes: Uint8Array): unknown {
  try {
    return PARSER.parse(Buffer.from(bytes))
  } catch (cause) {
    throw new Failure('envelope-malformed', 'the document is not valid', { cause })
  }
}

/** Returns the content of the only element with a name; undefined if there is none, or several. */
export function inside(elements: unknown, ...path: readonly string[]): Elements | undefined {
  const found = path.reduce(child, elements)
  return isElements(found) ? found : undefined
}

/** Returns the texts of all elements with this name, except elements that contain other elements. */
export function textsOf(elements: Elements | undefined, name: string): readonly string[] {
  const found = child(elements, name)
  return [found].flat().filter(text => typeof text === 'string')
}

/** Returns a document as text. Keys of attributes begin with `@`. */
export const writeDocument = (document: Elements): string =>
  `<?xml version="1.0" encoding="utf-8"?>${BUILDER.build(document)}`

function child(elements: unknown, name: string): unknown {
  return isElements(elements) && Object.hasOwn(elements, name) ? elements[name] : undefined
}

const isElements = (value: unknown): value is Elements =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
