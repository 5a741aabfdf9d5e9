/**
 * What reads one header element, and what headers say.
 *
 * @module
 */

import type { Failure } from '../model/failure.ts'
import type { ConnectingSid } from '../model/identity.ts'
import type { Name } from '../xml/names.ts'
import type { Tag } from '../xml/tag.ts'

/** What the headers said. */
export type Headers = Readonly<{
  requestServerVersion?: string
  mailboxCulture?: string
  dateTimePrecision?: string
  timeZoneContext?: string
  connectingSid?: ConnectingSid
}>

/** Reads one header element, from its start tag to its end. */
export interface HeaderPart {
  /** The header itself, and every element inside it. @throws Failure */
  open(tag: Tag): void
  /** Text between two tags, decoded; empty where there is none. @throws Failure */
  text(value: string): void
  /** An element ends, the header itself last. @throws Failure */
  close(name: Name): void
  /** What is wrong with CDATA, a comment or too much text in it. */
  refusal(what: string): Failure
  /** What the header said, once it is closed. */
  result(): Headers
}
