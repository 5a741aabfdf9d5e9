/**
 * Defines the source of a WorkMail import, and the data that is read from it.
 *
 * @module
 */

import type { AccessControlRule } from '../model/access-control.ts'
import type { ImpersonationRole, ImpersonationRule } from '../model/role.ts'

/** A call of WorkMail's API. */
export type WorkMailCall = Readonly<{
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

/** Source of an import: WorkMail's API, or a folder with stored responses. */
export interface WorkMail {
  /**
   * Returns the response, parsed from JSON.
   *
   * @throws WorkMailError if the call fails
   */
  call(call: WorkMailCall): Promise<unknown>
}

/** An import failed. The message has a line for each reason. */
export class WorkMailError extends Error {
  override readonly name = 'WorkMailError'
}

/** A user as WorkMail lists it, with all aliases. */
export type WorkMailUser = Readonly<{
  id: string
  email?: string | undefined
  /** Name with which the user signs in. */
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
 * A rule that names users by WorkMail names or IDs, and groups by IDs. Only rules that come from another gateway
 * can name groups.
 */
export type NamedRule = Readonly<
  Omit<ImpersonationRule, Lists> & Partial<Record<Lists, readonly string[]>>
>

/** A role with its rules. */
export type WorkMailRole = Readonly<
  Pick<ImpersonationRole, 'id' | 'name' | 'description' | 'type'> & { rules: readonly NamedRule[] }
>

/** An access control rule that names users by WorkMail names or IDs. */
export type NamedAccessControlRule = Readonly<
  Omit<AccessControlRule, 'userIds' | 'notUserIds' | 'createdAt' | 'modifiedAt'> & {
    userIds?: readonly string[]
    notUserIds?: readonly string[]
  }
>

/** The parts of an organization that the gateway imports. */
export type WorkMailOrganization = Readonly<{
  users: readonly WorkMailUser[]
  groups: readonly WorkMailGroup[]
  roles: readonly WorkMailRole[]
  accessControl: readonly NamedAccessControlRule[]
}>
