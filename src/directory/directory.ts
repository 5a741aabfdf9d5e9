/**
 * The directory: whom a name means.
 *
 * @module
 */

import type { ConnectingSid, OrganizationId, User, UserId } from '../model/identity.ts'

export interface Directory {
  /**
   * The user whom a ConnectingSID names, or undefined where nobody is known by it. PrimarySmtpAddress
   * and SmtpAddress both find a user by primary address or alias.
   *
   * @throws Failure `policy-unavailable` where the directory cannot tell
   */
  resolve(organization: OrganizationId, sid: ConnectingSid): Promise<User | undefined>
  user(organization: OrganizationId, id: UserId): Promise<User | undefined>
}

/** A user as a row gives it; without an id where that is to be found or made. */
export type UserRow = Readonly<{
  id?: UserId
  primarySmtpAddress: string
  aliases: readonly string[]
  principalName?: string
  sid?: string
  displayName?: string
}>

/** What is wrong with a row, and the line on which it begins, counted from 1. */
export type RowError = Readonly<{ line: number; message: string }>

/** What a file of users holds. */
export type ParsedUsers = Readonly<{
  drafts: readonly UserRow[]
  /** The line of each draft, by its index. */
  lines: readonly number[]
  /** In the order of their lines. Where there is one, nothing should be imported. */
  errors: readonly RowError[]
}>
