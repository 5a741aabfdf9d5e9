/**
 * The documents of Autodiscover: read once the strict scanner has accepted them, and written.
 *
 * @module
 */

import { XMLBuilder, XMLParser } from 'fast-xml-parser'
import { Failure } from '../../model/failure.ts'
import type { Limits } from '../../xml/limits.ts'
import { malformed } from '../../xml/malformed.ts'
import { Scanner } from '../../xml/scanner.ts'
import { Vocabulary } from '../../xml/vocabulary.ts'

/** Clients' requests have 4 KB; these bounds are far from them. */
export const MAX_DOCUMENT_BYTES = 16_384
const LIMITS: Limits = {
  bodyBytes: MAX_DOCUMENT_BYTES,
  prologueBytes: MAX_DOCUMENT_BYTES,
  depth: 16,
  attributes: 32,
  nameBytes: 256,
}

/** The parser reads the names: to the scanner none has a meaning. */
const VOCABULARY = new Vocabulary()

const PARSER = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: true,
  ignoreDeclaration: true,
  parseTagValue: false,
  htmlEntities: true,
})

const BUILDER = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@' })

/** Elements by their names, without prefixes. */
export type Elements = Readonly<{ [name: string]: unknown }>

/**
 * Reads a document whose root has a name in a namespace.
 *
 * @returns what is in the root
 * @throws Failure `envelope-malformed`, `encoding-refused`
 */
export function readDocument(bytes: Uint8Array, namespace: string, root: string): Elements {
  const scanner = new Scanner(
    {
      open: tag => {
        if (tag.depth === 0 && (tag.name.local !== root || tag.namespace !== namespace))
          throw malformed(`the document is no ${root}`)
      },
      close: () => undefined,
      text: (_bytes, _from, _to, cdata) => {
        if (cdata) throw malformed('a CDATA section')
      },
      reference: () => undefined,
      comment: () => {
        throw malformed('a comment')
      },
    },
    VOCABULARY,
    LIMITS,
  )
  scanner.write(bytes)
  scanner.end()
  return inside(parse(bytes), root) ?? {}
}

/** The parser refuses names that the scanner takes, like `__proto__`. */
function parse(bytes: Uint8Array): unknown {
  try {
    return PARSER.parse(Buffer.from(bytes))
  } catch (cause) {
    throw new Failure('envelope-malformed', 'the document cannot be read', { cause })
  }
}

/** The one element of a name, with its own elements; undefined where there is none, or several. */
export function inside(elements: unknown, ...path: readonly string[]): Elements | undefined {
  const found = path.reduce(child, elements)
  return isElements(found) ? found : undefined
}

/** The texts of all elements of a name that hold nothing but text. */
export function textsOf(elements: Elements | undefined, name: string): readonly string[] {
  const found = child(elements, name)
  return [found].flat().filter(text => typeof text === 'string')
}

/** Writes a document; the keys of attributes begin with `@`. */
export const writeDocument = (document: Elements): string =>
  `<?xml version="1.0" encoding="utf-8"?>${BUILDER.build(document)}`

function child(elements: unknown, name: string): unknown {
  return isElements(elements) && Object.hasOwn(elements, name) ? elements[name] : undefined
}

const isElements = (value: unknown): value is Elements =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
