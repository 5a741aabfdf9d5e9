/**
 * Who is told what a document holds.
 *
 * @module
 */

import type { Name } from './names.ts'
import type { Tag } from './tag.ts'

/** Told of everything in the document's order. Throwing ends the scan. */
export interface Listener {
  /** An element begins. The tag holds only until this returns. */
  open(tag: Tag): void
  /**
   * An element ends.
   *
   * @param depth - how many elements are around it
   * @param end - absolute offset of what follows it
   */
  close(name: Name, depth: number, end: number): void
  /** Character data as it stands, in chunks, without references. An empty CDATA section is told. */
  text(bytes: Uint8Array, from: number, to: number, cdata: boolean): void
  /** The character that a reference stands for. */
  reference(character: string): void
  comment(): void
}
