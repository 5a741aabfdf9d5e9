/**
 * Reads documents with fast-xml-parser: strictly, as Exchange does, or like grommunio.
 *
 * @module
 */

import { XMLParser } from 'fast-xml-parser'
import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../src/model/envelope.ts'
import { cutLongTexts } from './long-text.ts'
import { type Attributes, XmlElement } from './xml.ts'
import { ATTRIBUTES, NODE_OPTIONS, type Node } from './xml-nodes.ts'
import { decodeReference, rejectMalformed, XmlError } from './xml-strict.ts'

/** Prefixes of known namespaces. Other namespaces are identified by their URI. */
const PREFIXES: Readonly<Record<string, string>> = {
  [SOAP_NS]: 's',
  [MESSAGES_NS]: 'm',
  [TYPES_NS]: 't',
}

const parser = new XMLParser({
  ...NODE_OPTIONS,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  processEntities: false,
  maxNestedTags: 256,
})

/**
 * Reads a document.
 *
 * @param bytes - UTF-8
 * @param lenient - ignores namespaces and everything outside of the first root element, and reads only the first
 * part of an element's text, as grommunio does
 * @throws XmlError with the problem
 */
export function readXml(bytes: Buffer, lenient: boolean): XmlElement {
  const { shortened, restore } = cutLongTexts(bytes)
  const text = decodeUtf8(shortened)
  if (!lenient) rejectMalformed(text)
  const nodes = parse(text)
  const roots = nodes.filter(node => !/^[#?]/.test(nameOf(node)))
  const [root] = roots
  if (root === undefined) throw new XmlError('Root element is missing.')
  if (!lenient && roots.length > 1) throw new XmlError('There are multiple root elements.')
  return new Reader(lenient, restore).read(root, new Map([['xml', 'xml']]))
}

function decodeUtf8(bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new XmlError('The document is not UTF-8.', { cause })
  }
}

function parse(text: string): Node[] {
  try {
    return parser.parse(text) as Node[]
  } catch (cause) {
    throw new XmlError('The document cannot be parsed.', { cause })
  }
}

const nameOf = (node: Node) => Object.keys(node).find(key => key !== ATTRIBUTES) ?? '#text'

type Scope = ReadonlyMap<string, string>

/** Converts nodes of fast-xml-parser into elements. */
class Reader {
  readonly #lenient: boolean
  readonly #restore: (text: string) => string

  constructor(lenient: boolean, restore: (text: string) => string) {
    this.#lenient = lenient
    this.#restore = restore
  }

  read(node: Node, outer: Scope): XmlElement {
    const name = nameOf(node)
    const nodes = node[name] as Node[]
    const raw = (node[ATTRIBUTES] ?? {}) as Attributes
    const scope = this.#scope(raw, outer)
    const [prefix, local] = split(name)
    const children = nodes.filter(child => !/^[#?]/.test(nameOf(child)))
    if (this.#lenient && nodes.some(child => nameOf(child).startsWith('?')))
      throw new XmlError('Invalid XML')
    return new XmlElement(
      this.#lenient ? 't' : this.#namespace(prefix, scope),
      local,
      this.#attributes(raw),
      children.map(child => this.read(child, scope)),
      this.#lenient ? this.#firstText(nodes) : nodes.map(child => this.#text(child)).join(''),
    )
  }

  #scope(attributes: Attributes, outer: Scope): Scope {
    const declared = Object.entries(attributes).filter(([name]) => /^xmlns(:|$)/.test(name))
    if (declared.length === 0) return outer
    return new Map([
      ...outer,
      ...declared.map(([name, uri]) => [name.slice('xmlns:'.length), this.#decode(uri)] as const),
    ])
  }

  #namespace(prefix: string, scope: Scope): string {
    const uri = scope.get(prefix)
    if (uri === undefined && prefix !== '')
      throw new XmlError(`'${prefix}' is an undeclared prefix.`)
    return PREFIXES[uri ?? ''] ?? uri ?? ''
  }

  #attributes(raw: Attributes): Attributes {
    const own = Object.entries(raw).filter(([name]) => !/^xmlns(:|$)/.test(name))
    if (!this.#lenient && own.some(([, value]) => value.includes('<')))
      throw new XmlError("'<' is an invalid attribute character.")
    return Object.fromEntries(own.map(([name, value]) => [name, this.#decode(value)]))
  }

  /** Returns the first text after leading comments. grommunio ignores everything after it. */
  #firstText(nodes: readonly Node[]): string {
    const first = nodes.find(node => nameOf(node) !== '#comment' && this.#text(node).trim() !== '')
    return first === undefined ? '' : this.#text(first)
  }

  #text(node: Node): string {
    const name = nameOf(node)
    if (name === '#text') return this.#restore(this.#decode(String(node[name])))
    if (name !== '#cdata') return ''
    return this.#restore((node[name] as Node[]).map(part => String(part['#text'])).join(''))
  }

  #decode(text: string): string {
    if (!text.includes('&')) return text.replace(/\r\n?/g, '\n')
    return text
      .replace(/\r\n?/g, '\n')
      .replace(/&([^;&]{0,12});|&/g, (reference, name?: string) => {
        const decoded = name === undefined ? undefined : decodeReference(name)
        if (decoded === undefined && !this.#lenient)
          throw new XmlError(`'${reference}' is no reference to a declared entity.`)
        return decoded ?? reference
      })
  }
}

function split(name: string): readonly [prefix: string, local: string] {
  const colon = name.indexOf(':')
  return colon < 0 ? ['', name] : [name.slice(0, colon), name.slice(colon + 1)]
}
