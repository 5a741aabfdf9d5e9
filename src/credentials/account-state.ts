/**
 * Passwords that were tried for a directory account, as all gateways share them.
 *
 * @module
 */

/** A password that was tried. The time is in milliseconds since the epoch. */
export type TriedPassword = Readonly<{
  /** MAC of the password, in base64url. */
  mac: string
  at: number
  /** Code of the rejection. Absent while the password is being tried. */
  code?: string
  /** When the password of the account was set, as the directory said. */
  passwordSetAt?: string | undefined
}>

export type AccountState = Readonly<{
  /** Passwords that were not accepted, oldest first. */
  tried: readonly TriedPassword[]
  /** The last password that was accepted. */
  proven?: Readonly<{ mac: string; at: number; passwordSetAt?: string }>
  /** Until then, no unknown password is tried. */
  pausedUntil?: number
}>

/** Reads the text that {@link JSON.stringify} made of a state. Undefined is the state of an account without any. */
export const readState = (text: string | undefined): AccountState =>
  text === undefined ? { tried: [] } : (JSON.parse(text) as AccountState)

/** Whether unknown passwords are not tried at a time. */
export const isPaused = ({ pausedUntil = 0 }: AccountState, at: number): boolean => at < pausedUntil
