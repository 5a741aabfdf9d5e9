/**
 * Port of a directory in which accounts are found by their SID.
 *
 * @module
 */

/** An account as the directory describes it at present. */
export type FoundAccount = Readonly<{
  /** Distinguished name. */
  dn: string
  /** Whether the account is neither disabled nor expired. */
  enabled: boolean
  /** Value that changes when the password does. Undefined if the directory doesn't tell. */
  passwordSetAt: string | undefined
}>

/** Result of a bind. `code` is the reason that Active Directory gives, such as `52e`. */
export type BindResult =
  | Readonly<{ kind: 'accepted' }>
  | Readonly<{ kind: 'rejected'; code?: string }>

/** The directory of an organization. */
export interface AccountDirectory {
  /**
   * Returns the account with a SID, or undefined if there is none.
   *
   * @throws Failure `policy-unavailable`
   */
  find(sid: string): Promise<FoundAccount | undefined>
  /**
   * Signs in with a password, which must not be empty. Rejects an account with another SID.
   *
   * @throws Failure `policy-unavailable`
   */
  bind(sid: string, account: FoundAccount, password: string): Promise<BindResult>
}
