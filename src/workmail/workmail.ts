/**
 * A WorkMail organization that is to be made here: where it is read from, and what is read of it.
 *
 * @module
 */

import type { AccessControlRule } from '../model/access-control.ts'
import type { ImpersonationRole, ImpersonationRule } from '../model/role.ts'

/** What is asked of WorkMail's API. */
export type Asked = Readonly<{
  operation:
    | 'ListOrganizations'
    | 'ListUsers'
    | 'ListAliases'
    | 'ListGroups'
    | 'ListGroupMembers'
    | 'ListImpersonationRoles'
    | 'GetImpersonationRole'
    | 'ListAccessControlRules'
  input: Readonly<Record<string, string>>
}>

/** WorkMail's API, or what somebody has kept of its answers. */
export interface WorkMail {
  /**
   * The answer, as JSON has it.
   *
   * @throws WorkMailError
   */
  call(asked: Asked): Promise<unknown>
}

/** An import that cannot be done; the message has a line for each reason. */
export class WorkMailError extends Error {
  override readonly name = 'WorkMailError'
}

/** A user as WorkMail lists it, with the other addresses. */
export type WorkMailUser = Readonly<{
  id: string
  email?: string | undefined
  /** What the user signs in with. */
  name?: string | undefined
  displayName?: string | undefined
  state: string
  userRole: string
  aliases: readonly string[]
}>

/** A group as WorkMail lists it, with its direct members. */
export type WorkMailGroup = Readonly<{
  id: string
  name: string
  email?: string | undefined
  state: string
  members: readonly Readonly<{ id: string; type: string }>[]
}>

type Lists = 'targetUsers' | 'notTargetUsers' | 'targetGroups' | 'notTargetGroups'

/**
 * A rule whose users are named as WorkMail names them; groups, which are in rules of another
 * gateway's, by their ids.
 */
export type NamedRule = Readonly<
  Omit<ImpersonationRule, Lists> & Partial<Record<Lists, readonly string[]>>
>

export type WorkMailRole = Readonly<
  Pick<ImpersonationRole, 'id' | 'name' | 'description' | 'type'> & { rules: readonly NamedRule[] }
>

/** An access control rule whose users are named as WorkMail names them. */
export type NamedAccessControlRule = Readonly<
  Omit<AccessControlRule, 'userIds' | 'notUserIds' | 'createdAt' | 'modifiedAt'> & {
    userIds?: readonly string[]
    notUserIds?: readonly string[]
  }
>

/** All of an organization that has a meaning here. */
export type WorkMailOrganization = Readonly<{
  users: readonly WorkMailUser[]
  groups: readonly WorkMailGroup[]
  roles: readonly WorkMailRole[]
  accessControl: readonly NamedAccessControlRule[]
}>
