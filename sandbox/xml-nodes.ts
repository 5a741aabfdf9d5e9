/**
 * A document in the ordered form of fast-xml-parser.
 *
 * @module
 */

import type { Attributes } from './xml.ts'

/** One node: its name with its children, and its attributes under {@link ATTRIBUTES}. */
export type Node = { [name: string]: Node[] | string | Attributes }

/** Key for the attributes of a node. All other keys are element names. */
export const ATTRIBUTES = ':@'
/** Options that reading and writing share. */
export const NODE_OPTIONS = {
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  commentPropName: '#comment',
  cdataPropName: '#cdata',
} as const

/** Characters that XML 1.0 does not allow, including lone surrogates. */
export const UNSAYABLE = /[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu
