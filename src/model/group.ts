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

/** IDs of direct members of a group. */
export type MemberIds = Readonly<{
  users: readonly string[]
  groups: readonly string[]
  /** Members of kinds that this version doesn't know. Absent if there are none. */
  others?: readonly string[]
}>

/**
 * Direct members that a change adds to a group or removes from it. When a group is created or restored, all members join.
 * When it is deleted, all members leave, although rules that deny still find its last members. If a restored group no
 * longer has such a last member, this member leaves, too.
 */
export type MembershipChange = Readonly<{ groupId: GroupId; joined: MemberIds; left: MemberIds }>

/** Members of a group, and whether the group is deleted, so that they are its last members. */
type MembersOfGroup = Readonly<{ members: MemberIds; deleted: boolean }>

/**
 * Returns the members that join and leave a group.
 *
 * @param was - members before the change; undefined if the group never existed
 * @param is - members after the change; undefined if it deletes the group
 */
export function membershipChange(
  groupId: GroupId,
  was: MembersOfGroup | undefined,
  is: MemberIds | undefined,
): MembershipChange {
  const before = was?.members ?? NO_MEMBERS
  const live = was === undefined || was.deleted ? NO_MEMBERS : before
  const after = is ?? NO_MEMBERS
  return { groupId, joined: without(after, live), left: without(before, after) }
}

/** Returns the change of a group that keeps its members. */
export const unchangedMembers = (groupId: GroupId): MembershipChange => ({
  groupId,
  joined: NO_MEMBERS,
  left: NO_MEMBERS,
})

const NO_MEMBERS: MemberIds = { users: [], groups: [] }

function without(some: MemberIds, others: MemberIds): MemberIds {
  const unknown = rest(some.others ?? [], others.others ?? [])
  return {
    users: rest(some.users, others.users),
    groups: rest(some.groups, others.groups),
    ...(unknown.length > 0 && { others: unknown }),
  }
}

function rest(ids: readonly string[], others: readonly string[]): readonly string[] {
  const known = new Set(others)
  return ids.filter(id => !known.has(id))
}

/** Returns the form in which names of groups are compared. No other function folds them. */
export const foldGroupName = (name: string) => name.normalize('NFC').toLowerCase()
