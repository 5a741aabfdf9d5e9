/**
 * What is attached to an item: files and other items.
 *
 * @module
 */

import type { XmlElement } from './xml.ts'

/** A file or an item; its content is shared by copies of the item that it is in. */
export type Attachment = Readonly<{
  counter: number
  name: string
  contentType: string
  contentId: string | undefined
  contentLocation: string | undefined
  isInline: boolean
  modifiedAt: number
  /** Of a file. */
  content: Buffer | undefined
  /** Of an attached item. */
  item: AttachedItem | undefined
}>

/** An item inside another: it has no place in a folder. */
export type AttachedItem = Readonly<{
  kind: string
  properties: ReadonlyMap<string, XmlElement>
  mime: Buffer | undefined
}>
