/**
 * Interface of the classes that read one header element each, and their results.
 *
 * @module
 */

import type { Failure } from '../model/failure.ts'
import type { ConnectingSid } from '../model/identity.ts'
import type { Name } from '../xml/names.ts'
import type { Tag } from '../xml/tag.ts'

/** Values that were read from the headers. */
export type Headers = Readonly<{
  requestServerVersion?: string
  mailboxCulture?: string
  dateTimePrecision?: string
  timeZoneContext?: string
  connectingSid?: ConnectingSid
}>

/** Reads one header element, from its start tag to its end. */
export interface HeaderPart {
  /** Begins the header, or an element inside it. @throws Failure */
  open(tag: Tag): void
  /** Receives the decoded text between two tags, or an empty text. @throws Failure */
  text(value: string): void
  /** Receives an end tag. The last one is that of the header itself. @throws Failure */
  close(name: Name): void
  /** Returns the failure for CDATA, a comment, or too much text in the header. */
  failure(what: string): Failure
  /** Returns the values, once the header has been read completely. */
  result(): Headers
}
