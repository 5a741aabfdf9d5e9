/**
 * The policy of one organization as plain data: everything that decisions depend on, in the form of audit records.
 *
 * It has no secrets. It also leaves out the times of changes and uses, and the names that stay reserved for users who
 * lost them, because no decision depends on these.
 *
 * @module
 */

import type { AccessControlRule } from './access-control.ts'
import type { ExternalIdentity } from './external-identity.ts'
import type { NamedGroup } from './group.ts'
import type { User } from './identity.ts'
import type { AccessKey, Principal } from './principal.ts'
import { NO_PROTECTION, type Protection } from './protection.ts'
import type { ImpersonationRole } from './role.ts'

/** A user without the groups, which name their members. */
export type UserState = Omit<User, 'memberOf'>

/** A group with its direct members. Rules that deny also find the last members of a deleted group. */
export type GroupState = NamedGroup &
  Readonly<{
    users: readonly string[]
    groups: readonly string[]
    /** Members of kinds that this version doesn't know. Absent if there are none. */
    others?: readonly string[]
    deleted?: true
  }>

export type RoleState = Omit<ImpersonationRole, 'organizationId' | keyof Times>

export type AccessControlRuleState = Omit<AccessControlRule, keyof Times>

/** A principal with the identities that sign in as it. */
export type PrincipalState = Omit<Principal, 'organizationId'> &
  Readonly<{
    /** Absent if there are none. */
    identities?: readonly ExternalIdentity[]
  }>

/** An access key without its secret. */
export type AccessKeyState = Omit<AccessKey, 'secretHash' | 'sealedSecret' | 'lastUsedAt'>

/** The policy of an organization. Objects have their IDs as names, and access control rules their names. */
export type PolicyState = Readonly<{
  users: Readonly<Record<string, UserState>>
  groups: Readonly<Record<string, GroupState>>
  roles: Readonly<Record<string, RoleState>>
  accessControlRules: Readonly<Record<string, AccessControlRuleState>>
  protection: Protection
  principals: Readonly<Record<string, PrincipalState>>
  accessKeys: Readonly<Record<string, AccessKeyState>>
}>

export const NO_POLICY: PolicyState = {
  users: {},
  groups: {},
  roles: {},
  accessControlRules: {},
  protection: NO_PROTECTION,
  principals: {},
  accessKeys: {},
}

/** Times at which an object was created and changed. */
type Times = Readonly<{ createdAt: number; modifiedAt: number }>

/** Returns an object without the times at which it was created and changed. */
export function withoutTimes<T extends Partial<Times>>({
  createdAt: _,
  modifiedAt: __,
  ...rest
}: T): Omit<T, keyof Times> {
  return rest
}

export const roleState = ({ organizationId: _, ...role }: ImpersonationRole): RoleState =>
  withoutTimes(role)

/** Returns the state of a principal with its identities, of which there can be none. */
export const principalState = ({
  organizationId: _,
  identities = [],
  ...principal
}: Principal & Pick<PrincipalState, 'identities'>): PrincipalState => ({
  ...principal,
  ...(identities.length > 0 && { identities }),
})

/** Returns an access key for a record: without its secret, and without the time of its last use. */
export function accessKeyState({
  secretHash: _,
  sealedSecret: __,
  lastUsedAt: ___,
  ...key
}: AccessKey): AccessKeyState {
  return key
}
