/**
 * A document as fast-xml-parser has it, in order.
 *
 * @module
 */

import type { Attributes } from './xml.ts'

/** One node: its name with its children, and its attributes under {@link ATTRIBUTES}. */
export type Node = { [name: string]: Node[] | string | Attributes }

/** The key that is no name. */
export const ATTRIBUTES = ':@'
/** What reading and writing must agree on. */
export const NODE_OPTIONS = {
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  commentPropName: '#comment',
  cdataPropName: '#cdata',
} as const

/** What XML 1.0 cannot say, lone surrogates included. */
export const UNSAYABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu
