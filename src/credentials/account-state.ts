/**
 * Passwords that were tried for a directory account, as all gateways share them.
 *
 * @module
 */

import { readJson } from '../model/read-json.ts'
import { isText, isWhole, list, optional, type Shape, structure } from '../model/shape.ts'

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
  /** A proven password, after the account got another one at `passwordSetAt`. */
  replaced?: Readonly<{ mac: string; passwordSetAt: string; until: number }>
  /** Until then, no unknown password is tried. */
  pausedUntil?: number
}>

/** Active Directory and Samba accept the previous password for this time, unless they are configured otherwise. */
const REPLACED_MS = 3_600_000

const isState: Shape<AccountState> = structure<AccountState>({
  tried: list(
    structure<TriedPassword>({
      mac: isText,
      at: isWhole,
      code: optional(isText),
      passwordSetAt: optional(isText),
    }),
  ),
  proven: optional(
    structure<NonNullable<AccountState['proven']>>({
      mac: isText,
      at: isWhole,
      passwordSetAt: optional(isText),
    }),
  ),
  replaced: optional(
    structure<NonNullable<AccountState['replaced']>>({
      mac: isText,
      passwordSetAt: isText,
      until: isWhole,
    }),
  ),
  pausedUntil: optional(isWhole),
})

/**
 * Reads the text that {@link JSON.stringify} made of a state. Undefined is the state of an account without any.
 *
 * @returns undefined if this version doesn't understand the state
 */
export const readState = (text: string | undefined): AccountState | undefined =>
  text === undefined ? { tried: [] } : readJson(text, isState)

/** Whether unknown passwords are not tried at a time. */
export const isPaused = ({ pausedUntil }: AccountState, at: number): boolean =>
  pausedUntil !== undefined && at < pausedUntil

/** An account as the directory describes it at a time. */
type Present = Readonly<{ passwordSetAt: string | undefined; at: number }>

/**
 * Returns the state with the proven password as the replaced one, if the account got another password since then. Returns
 * undefined if not.
 */
export function withReplaced(
  state: AccountState,
  { passwordSetAt, at }: Present,
): AccountState | undefined {
  const { proven, ...rest } = state
  if (proven?.passwordSetAt === undefined || passwordSetAt === undefined) return undefined
  if (proven.passwordSetAt === passwordSetAt) return undefined
  return { ...rest, replaced: { mac: proven.mac, passwordSetAt, until: at + REPLACED_MS } }
}

/**
 * Whether a password was right until the account got another one. The directory can still accept it, so it must not be
 * asked.
 */
export function isReplaced(
  state: AccountState,
  { mac, ...present }: Present & Readonly<{ mac: string }>,
): boolean {
  const { replaced } = withReplaced(state, present) ?? state
  return (
    replaced?.mac === mac &&
    replaced.passwordSetAt === present.passwordSetAt &&
    present.at < replaced.until
  )
}
