/**
 * How comments and CDATA sections begin.
 *
 * @module
 */

import { malformed } from './malformed.ts'

const DASH = 0x2d

export type Section = 'cdata' | 'comment'

export const OPENINGS: Readonly<Record<Section, Uint8Array>> = {
  cdata: new TextEncoder().encode('<![CDATA['),
  comment: new TextEncoder().encode('<!--'),
}

/**
 * What begins with the `<!` at `at`; undefined where the bytes end before they tell.
 *
 * @throws Failure where it is something else
 */
export function sectionAt(bytes: Uint8Array, at: number): Section | undefined {
  const section = bytes[at + 2] === DASH ? 'comment' : 'cdata'
  const opening = OPENINGS[section]
  const length = matching(opening, bytes, at)
  if (length === opening.length) return section
  if (at + length === bytes.length) return undefined
  throw malformed('a document type declaration')
}

/** How many bytes are those of an opening. */
function matching(opening: Uint8Array, bytes: Uint8Array, at: number): number {
  let length = 0
  while (length < opening.length && bytes[at + length] === opening[length]) length++
  return length
}
