/**
 * Applies the records of changes to a policy, in their order.
 *
 * The records are those of this program, so their states have the form of the model.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import type { AccessControlRule } from '../model/access-control.ts'
import type { ObjectType } from '../model/changed-object.ts'
import type { MemberIds, MembershipChange, NamedGroup } from '../model/group.ts'
import { type User, withoutMemberships } from '../model/identity.ts'
import { by } from '../model/order.ts'
import {
  type AccessControlRuleState,
  type AccessKeyState,
  type GroupState,
  NO_POLICY,
  type PolicyState,
  type PrincipalState,
  principalState,
  type RoleState,
  roleState,
  type UserState,
  withoutTimes,
} from '../model/policy-state.ts'
import type { Principal } from '../model/principal.ts'
import type { Protection } from '../model/protection.ts'
import type { ImpersonationRole } from '../model/role.ts'
import type { ChangeRecord } from './audit.ts'

/** Members of a record that say what it changed. The parts of a record must be joined. */
export type PolicyChange = Pick<ChangeRecord, 'object' | 'before' | 'after'>

/** Types of objects that always have a state after a change. */
const NEVER_DELETED: ReadonlySet<ObjectType> = new Set([
  'USERS',
  'DIRECTORY',
  'PROTECTED_MAILBOXES',
])

/** Policy to which changes are applied. */
export class PolicyFold {
  readonly #users: Map<string, UserState>
  readonly #groups: Map<string, GroupState>
  readonly #roles: Map<string, RoleState>
  readonly #rules: Map<string, AccessControlRuleState>
  readonly #principals: Map<string, PrincipalState>
  readonly #keys: Map<string, AccessKeyState>
  #protection: Protection

  constructor(policy: PolicyState = NO_POLICY) {
    this.#users = mapOf(policy.users)
    this.#groups = mapOf(policy.groups)
    this.#roles = mapOf(policy.roles)
    this.#rules = mapOf(policy.accessControlRules)
    this.#principals = mapOf(policy.principals)
    this.#keys = mapOf(policy.accessKeys)
    this.#protection = policy.protection
  }

  /**
   * Applies a change. One without an object or states concerns no policy.
   *
   * @returns false if the change can't be applied, because a later version wrote it or a state is missing
   */
  apply({ object, before, after }: PolicyChange): boolean {
    if (object === undefined || (before ?? after) === undefined) return true
    const isKnown = Object.hasOwn(this.#appliers, object.type)
    if (!isKnown || (after === undefined && NEVER_DELETED.has(object.type))) return false
    this.#appliers[object.type](before, after)
    return true
  }

  /** Returns the policy, with its objects in the order of their names. */
  policy(): PolicyState {
    return {
      users: sorted(this.#users),
      groups: sorted(this.#groups),
      roles: sorted(this.#roles),
      accessControlRules: sorted(this.#rules),
      protection: this.#protection,
      principals: sorted(this.#principals),
      accessKeys: sorted(this.#keys),
    }
  }

  readonly #appliers: Readonly<Record<ObjectType, (before: unknown, after: unknown) => void>> = {
    ROLE: (before, after) => {
      const stateOf = (role: ImpersonationRole) => roleState(merged(this.#roles, before, role))
      put(this.#roles, idOf, stateOf, before, after)
    },
    ACCESS_CONTROL_RULE: (before, after) => {
      const stateOf = (rule: AccessControlRule) => withoutTimes(rule)
      put(this.#rules, ({ name }) => name, stateOf, before, after)
    },
    PRINCIPAL: (before, after) => {
      const stateOf = ({ key, ...principal }: NewPrincipal) => {
        if (key) this.#keys.set(key.id, key)
        return principalState(merged(this.#principals, before, principal))
      }
      put(this.#principals, idOf, stateOf, before, after)
      if (after === undefined) this.#deleteKeysOf(before as Identified)
    },
    ACCESS_KEY: (before, after) =>
      put(this.#keys, idOf, (key: AccessKeyState) => key, before, after),
    USER: (before, after) => put(this.#users, idOf, withoutMemberships, before, after),
    USERS: (_, after) => this.#import(after as Imported),
    DIRECTORY: (_, after) => this.#import(after as Imported),
    GROUP: (before, after) => {
      if (after === undefined) this.#deleteGroup(before as Identified)
      else this.#putGroup(after as NamedGroup, after as Partial<MembershipChange>)
    },
    // No decision depends on a name that is reserved for a user who lost it.
    NAME: () => undefined,
    PROTECTED_MAILBOXES: (_, after) => {
      this.#protection = after as Protection
    },
  }

  #deleteKeysOf({ id }: Identified): void {
    for (const key of this.#keys.values()) if (key.principalId === id) this.#keys.delete(key.id)
  }

  #import({ users, groups }: Imported): void {
    for (const user of [...(users?.created ?? []), ...(users?.updated ?? [])])
      this.#users.set(user.id, withoutMemberships(user))
    for (const { id } of users?.removed ?? []) this.#users.delete(id)
    for (const group of [...(groups?.created ?? []), ...(groups?.updated ?? [])])
      this.#putGroup(group, groups?.members?.[group.id] ?? {})
    for (const group of groups?.removed ?? []) this.#deleteGroup(group)
  }

  #putGroup(
    { id, name, primarySmtpAddress }: NamedGroup,
    { joined, left }: Partial<MembershipChange>,
  ): void {
    const present = this.#groups.get(id)
    const membersOf = (kind: keyof MemberIds) => {
      const gone = new Set(left?.[kind])
      const members = new Set([...(present?.[kind] ?? []), ...(joined?.[kind] ?? [])])
      return [...members].filter(member => !gone.has(member)).sort()
    }
    const others = membersOf('others')
    this.#groups.set(id, {
      id,
      name,
      ...(primarySmtpAddress !== undefined && { primarySmtpAddress }),
      users: membersOf('users'),
      groups: membersOf('groups'),
      ...(others.length > 0 && { others }),
    })
  }

  /** Keeps the last members of a deleted group, because rules that deny find them. */
  #deleteGroup({ id }: Identified): void {
    const present = this.#groups.get(id)
    if (present) this.#groups.set(id, { ...present, deleted: true })
  }
}

/** Number of names in the path of a difference. */
const DEPTH = 3

/** Returns the paths at which two policies differ, such as `roles.ID.rules`. */
export const differencesOf = (one: PolicyState, other: PolicyState): readonly string[] =>
  differing(one, other, [])

function differing(one: unknown, other: unknown, path: readonly string[]): readonly string[] {
  if (isDeepStrictEqual(one, other)) return []
  if (path.length === DEPTH || !isMembers(one) || !isMembers(other)) return [path.join('.')]
  const names = new Set([...Object.keys(one), ...Object.keys(other)])
  return [...names].flatMap(name => differing(own(one, name), own(other, name), [...path, name]))
}

type Members = Readonly<Record<string, unknown>>
type Identified = Readonly<{ id: string }>

/** Principal in the record of its creation, with a key if it got one. */
type NewPrincipal = Principal & Readonly<{ key?: AccessKeyState }>

/** Changes of many objects in a record. */
type Imported = Readonly<{
  users?: Changed<User>
  groups?: Changed<NamedGroup> &
    Readonly<{ members?: Readonly<Record<string, Partial<MembershipChange>>> }>
}>
type Changed<T> = Readonly<Partial<Record<'created' | 'updated' | 'removed', readonly T[]>>>

const idOf = ({ id }: Identified): string => id

/** Replaces an object by its state, or deletes it. */
function put<T, S>(
  map: Map<string, S>,
  nameOf: (state: T) => string,
  stateOf: (state: T) => S,
  before: unknown,
  after: unknown,
): void {
  if (after === undefined) map.delete(nameOf(before as T))
  else map.set(nameOf(after as T), stateOf(after as T))
}

/**
 * Returns an object with the members of its state after a change, which can be some of them. A member that only the
 * state before has is gone.
 */
function merged<T extends Identified>(
  map: ReadonlyMap<string, object>,
  before: unknown,
  after: T,
): T {
  if (before === undefined) return after
  const kept = Object.entries(map.get(after.id) ?? {}).filter(
    ([name]) => !Object.hasOwn(before as object, name),
  )
  return { ...Object.fromEntries(kept), ...after }
}

const isMembers = (value: unknown): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const own = (of: Members, name: string): unknown => (Object.hasOwn(of, name) ? of[name] : undefined)

const mapOf = <T>(objects: Readonly<Record<string, T>>) => new Map(Object.entries(objects))

const sorted = <T>(map: ReadonlyMap<string, T>): Readonly<Record<string, T>> =>
  Object.fromEntries([...map].sort(by(([name]) => name)))
