/**
 * Receives the contents of a document.
 *
 * @module
 */

import type { Name } from './names.ts'
import type { Tag } from './tag.ts'

/** Receives the contents in document order. If a method throws, the scan ends. */
export interface Listener {
  /** Called for a start tag. The tag is valid only during the call. */
  open(tag: Tag): void
  /**
   * Called for the end of an element.
   *
   * @param depth - number of enclosing elements
   * @param end - absolute offset of the byte after the element
   */
  close(name: Name, depth: number, end: number): void
  /** Called for character data as written, in chunks, without references. Also called for an empty CDATA section. */
  text(bytes: Uint8Array, from: number, to: number, cdata: boolean): void
  /** Called for a reference, with its character. */
  reference(character: string): void
  comment(): void
}
