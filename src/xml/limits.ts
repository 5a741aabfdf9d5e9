/**
 * How much of a request is read.
 *
 * @module
 */

export type Limits = Readonly<{
  /** Bytes of the whole request. */
  bodyBytes: number
  /** Bytes up to the end of the operation's start tag. */
  prologueBytes: number
  /** Elements inside one another. */
  depth: number
  /** Attributes of one element, namespace declarations among them. */
  attributes: number
  /** Bytes of one name. */
  nameBytes: number
}>

/** What Exchange takes, and no client comes near to. */
export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 67_108_864,
  prologueBytes: 65_536,
  depth: 64,
  attributes: 256,
  nameBytes: 1_024,
}

/** Bytes of one tag: larger ones are no EWS. */
export const MAX_TAG_BYTES = 65_536
