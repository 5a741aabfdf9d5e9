/**
 * Receives the contents of a document.
 *
 * @module
 */

import type { Name } from './names.ts'
import type { Tag } from './tag.ts'

/** Receives everything in document order. An exception ends the scan. */
export interface Listener {
  /** An element begins. The tag is valid only during the call. */
  open(tag: Tag): void
  /**
   * An element ends.
   *
   * @param depth - number of enclosing elements
   * @param end - absolute offset of the byte after the element
   */
  close(name: Name, depth: number, end: number): void
  /** Character data as written, in chunks, without references. An empty CDATA section is also reported. */
  text(bytes: Uint8Array, from: number, to: number, cdata: boolean): void
  /** The character of a reference. */
  reference(character: string): void
  comment(): void
}
