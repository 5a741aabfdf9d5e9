/**
 * Writes elements with fast-xml-parser.
 *
 * @module
 */

import { XMLBuilder } from 'fast-xml-parser'
import type { XmlElement } from './xml.ts'
import { ATTRIBUTES, NODE_OPTIONS, type Node, UNSAYABLE } from './xml-nodes.ts'

const builder = new XMLBuilder({ ...NODE_OPTIONS, format: false, suppressEmptyNode: true })

/** Writes an element under the prefixes s, m and t, which the frame around it declares. */
export const writeXml = (element: XmlElement): string => builder.build([toNode(element)])

function toNode({ namespace, name, attributes, children, text }: XmlElement): Node {
  const nodes = children.map(toNode)
  if (text !== '' && (nodes.length === 0 || text.trim() !== '')) nodes.unshift(textNode(text))
  return { [`${namespace}:${name}`]: nodes, [ATTRIBUTES]: attributes }
}

/** What most texts are; quicker to see than that nothing unsayable is in it. */
const USUAL = /^[\t\n\r -\ud7ff]*$/

const textNode = (text: string): Node => ({
  '#text': USUAL.test(text) ? text : text.replace(UNSAYABLE, ''),
})
