/**
 * Limits of a request.
 *
 * @module
 */

export type Limits = Readonly<{
  /** Size of the whole request, in bytes. */
  bodyBytes: number
  /** Size of everything up to the end of the operation's start tag, in bytes. */
  prologueBytes: number
  /** Depth of nested elements. */
  depth: number
  /** Attributes of one element, including namespace declarations. */
  attributes: number
  /** Length of one name, in bytes. */
  nameBytes: number
}>

/** Limits that Exchange accepts and that no client reaches. */
export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 67_108_864,
  prologueBytes: 65_536,
  depth: 64,
  attributes: 256,
  nameBytes: 1_024,
}

/** Maximum size of one tag in bytes. EWS has no larger ones. */
export const MAX_TAG_BYTES = 65_536
