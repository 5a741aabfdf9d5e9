/**
 * Recognizes the beginning of comments and CDATA sections.
 *
 * @module
 */

import { malformed } from './malformed.ts'

const DASH = 0x2d

export type Section = 'cdata' | 'comment'

const CDATA = new TextEncoder().encode('<![CDATA[')
const COMMENT = new TextEncoder().encode('<!--')

export const openingOf = (section: Section): Uint8Array => (section === 'cdata' ? CDATA : COMMENT)

/**
 * Returns the kind of the section whose `<!` is at `at`, or undefined if more bytes are needed.
 *
 * @throws Failure if it is something else
 */
export function sectionAt(bytes: Uint8Array, at: number): Section | undefined {
  const section = bytes[at + 2] === DASH ? 'comment' : 'cdata'
  const opening = openingOf(section)
  let length = 2
  while (length < opening.length && bytes[at + length] === opening[length]) length++
  if (length === opening.length) return section
  if (at + length === bytes.length) return undefined
  throw malformed('a document type declaration')
}
