/**
 * Groups of users, which rules can name in place of their members.
 *
 * @module
 */

import type { GroupId, UserId } from './identity.ts'

/** A group without its members. */
export type NamedGroup = Readonly<{
  id: GroupId
  /** 1 to 256 characters, unique in the organization after NFC and case folding. */
  name: string
  primarySmtpAddress?: string
}>

/** A group with its direct members. Groups can contain each other, even in cycles. */
export type Group = NamedGroup &
  Readonly<{
    users: readonly UserId[]
    groups: readonly GroupId[]
    /** Present if this version doesn't understand all members. A change that gives all of them replaces these. */
    unreadable?: true
  }>

/** Returns the form in which names of groups are compared. No other function folds them. */
export const foldGroupName = (name: string) => name.normalize('NFC').toLowerCase()
