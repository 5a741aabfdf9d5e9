/**
 * Writes elements with fast-xml-parser.
 *
 * @module
 */

import { XMLBuilder } from 'fast-xml-parser'
import type { XmlElement } from './xml.ts'
import { ATTRIBUTES, NODE_OPTIONS, type Node, UNSAYABLE } from './xml-nodes.ts'

const builder = new XMLBuilder({ ...NODE_OPTIONS, format: false, suppressEmptyNode: true })

/** Returns an element as text. Its prefixes s, m, and t must be declared by the enclosing text. */
export const writeXml = (element: XmlElement): string => builder.build([toNode(element)])

function toNode({ namespace, name, attributes, children, text }: XmlElement): Node {
  const nodes = children.map(toNode)
  if (text !== '' && (nodes.length === 0 || text.trim() !== '')) nodes.unshift(textNode(text))
  return { [`${namespace}:${name}`]: nodes, [ATTRIBUTES]: attributes }
}

/** Pattern that most texts match. Matching it is faster than searching for characters that XML doesn't allow. */
const USUAL = /^[\t\n\r -\ud7ff]*$/

const textNode = (text: string): Node => ({
  '#text': USUAL.test(text) ? text : text.replace(UNSAYABLE, ''),
})
