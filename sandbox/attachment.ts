/**
 * Attachments of an item: files and other items.
 *
 * @module
 */

import type { XmlElement } from './xml.ts'

/** An attached file or item. Copies of the outer item share its content. */
export type Attachment = Readonly<{
  counter: number
  name: string
  contentType: string
  contentId: string | undefined
  contentLocation: string | undefined
  isInline: boolean
  modifiedAt: number
  /** Content of a file. */
  content: Buffer | undefined
  /** Content of an attached item. */
  item: AttachedItem | undefined
}>

/** An item inside another one, which is not in a folder. */
export type AttachedItem = Readonly<{
  kind: string
  properties: ReadonlyMap<string, XmlElement>
  mime: Buffer | undefined
}>
