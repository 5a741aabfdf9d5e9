/**
 * Groups of users, which rules may name instead of everyone in them.
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

/** A group with its direct members; groups may contain one another, even in a circle. */
export type Group = NamedGroup &
  Readonly<{
    users: readonly UserId[]
    groups: readonly GroupId[]
  }>

/** The form in which names of groups are compared; nothing else folds them. */
export const foldGroupName = (name: string) => name.normalize('NFC').toLowerCase()
