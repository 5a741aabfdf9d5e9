/**
 * Interface of the readers of single header elements, and their results.
 *
 * @module
 */

import type { Failure } from '../model/failure.ts'
import type { ConnectingSid } from '../model/identity.ts'
import type { Name } from '../xml/names.ts'
import type { Tag } from '../xml/tag.ts'

/** Content of the headers. */
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
  /** Takes the decoded text between two tags; empty if there is none. @throws Failure */
  text(value: string): void
  /** Ends an element. The header itself is the last. @throws Failure */
  close(name: Name): void
  /** Returns the failure for CDATA, a comment, or too much text in the header. */
  failure(what: string): Failure
  /** Content of the header, once it is closed. */
  result(): Headers
}
