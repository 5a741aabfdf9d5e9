/**
 * People who sign in to the console at an OpenID Connect issuer.
 *
 * @module
 */

/** A person. `issuer` and `subject` together identify them. */
export type Person = Readonly<{
  /** URL of the issuer. */
  issuer: string
  /** ID that the issuer gives the person permanently. */
  subject: string
  /** Name for people to read. It is not unique, and the person may be able to change it. */
  displayName: string
}>
