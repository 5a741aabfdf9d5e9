/**
 * A server in JavaScript: fast-xml-parser, with prefixes removed.
 *
 * @module
 */

import { XMLParser } from 'fast-xml-parser'
import { namedIn, type Seen, type Understanding } from './understanding.ts'

const parser = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: false,
  attributeNamePrefix: '@',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  htmlEntities: true,
  preserveOrder: false,
})

type Value = string | Value[] | { [name: string]: Value }

const isElement = (name: string) => !name.startsWith('@') && name !== '#text' && name !== '?xml'

/** Returns the parser's understanding of a document, or the reason why it rejects it. Both are safe. */
export function parsed(document: string): Understanding | string {
  let root: Seen
  try {
    root = seen('', parser.parse(document))
  } catch (error) {
    return `fast-xml-parser: ${(error as Error).message}`
  }
  const only = (from: Seen | undefined, name: string) =>
    from?.children.filter(child => child.name === name)
  const [envelope] = only(root, 'Envelope') ?? []
  const operations = only(envelope, 'Body')?.flatMap(body => body.children) ?? []
  const impersonations = only(only(envelope, 'Header')?.[0], 'ExchangeImpersonation') ?? []
  const sids = impersonations.flatMap(one => one.children).flatMap(sid => sid.children)
  return {
    impersonated: sids.map(({ text }) => text).join(),
    operation: operations.map(({ name }) => name).join(),
    named: operations.flatMap(namedIn).sort(),
  }
}

function seen(name: string, value: Value): Seen {
  if (typeof value === 'string') return { name, text: value, attributes: [], children: [] }
  const entries = Object.entries(value).flatMap(([key, each]) =>
    Array.isArray(each) ? each.map(one => [key, one] as const) : [[key, each] as const],
  )
  const children = entries.filter(([key]) => isElement(key)).map(([key, each]) => seen(key, each))
  const texts = entries.filter(([key]) => key === '#text').map(([, text]) => String(text))
  const attributes = entries
    .filter(([key]) => key.startsWith('@'))
    .map(([key, text]) => [key.slice(1), String(text)] as const)
  return { name, text: texts.join(''), attributes, children }
}
