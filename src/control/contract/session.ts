/**
 * Responses of `/console/session` and `/console/sign-in`.
 *
 * @module
 */

/** A session of the console. */
export type Session = Readonly<{
  principalId: string
  /** Name of the principal, or of the person. */
  principalName: string
  /** Access key that signed in. Absent for a person. */
  accessKeyId?: string
  /** Name of the issuer at which the person signed in. */
  issuerName?: string
  /** Present if an access key signed in, although people sign in at an issuer. */
  breakGlass?: true
  organizationId: string
  organizationAlias: string
  /** Permissions for actions that the policy allows at this time from this address. */
  allowedActions: readonly string[]
  /** The same for parts of roles. */
  allowedParts: readonly string[]
  /** Seconds since 1970. */
  expiresAt: number
}>

/** Ways to sign in: the response of `GET /console/sign-in`. */
export type SignInOptions = Readonly<{
  accessKeys: boolean
  /** Name of the issuer. Absent if none is configured. */
  issuerName?: string
}>

/** URL that the browser opens next: the response of `POST /console/sign-in`, and of a sign-out at the issuer. */
export type NextUrl = Readonly<{ url: string }>
