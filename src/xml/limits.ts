/**
 * Limits of a request.
 *
 * @module
 */

export type Limits = Readonly<{
  /** Maximum size of the whole request, in bytes. */
  bodyBytes: number
  /** Maximum size of everything up to the end of the operation's start tag, in bytes. */
  prologueBytes: number
  /** Maximum depth of nested elements. */
  depth: number
  /** Maximum number of attributes of one element, including namespace declarations. */
  attributes: number
  /** Maximum length of one name, in bytes. */
  nameBytes: number
  /** Whether references to characters that XML 1.0 excludes are accepted in text. Absent: they are not. */
  anyReference?: true
}>

/** Default limits. They are within those of Exchange, and above the needs of any client. */
export const DEFAULT_LIMITS: Limits = {
  bodyBytes: 67_108_864,
  prologueBytes: 65_536,
  depth: 64,
  attributes: 256,
  nameBytes: 1_024,
}

/** Maximum size of one tag in bytes. Tags in EWS are far smaller. */
export const MAX_TAG_BYTES = 65_536
