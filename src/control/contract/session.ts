/**
 * Response of `/console/session`.
 *
 * @module
 */

/** A session of the console. */
export type Session = Readonly<{
  principalId: string
  principalName: string
  accessKeyId: string
  organizationId: string
  organizationAlias: string
  /** Permissions that the policy allows at this time from this address. */
  allowedActions: readonly string[]
  /** Seconds since 1970. */
  expiresAt: number
}>
