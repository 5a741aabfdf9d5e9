/**
 * Finds what ends soon: roles, rules, exceptions from the protection of mailboxes, principals, and access keys.
 *
 * @module
 */

import type { AccessKey, Principal } from '../model/principal.ts'
import type { ProtectionException } from '../model/protection.ts'
import type { ImpersonationRole, ImpersonationRule } from '../model/role.ts'
import { assumesOnly } from './iam.ts'

/** Kinds of what can end. `administrator-key` is a key with more permissions than to assume roles. */
export const END_KINDS = [
  'role',
  'rule',
  'protection-exception',
  'principal',
  'access-key',
  'administrator-key',
] as const
export type EndKind = (typeof END_KINDS)[number]

export type End = Readonly<{
  kind: EndKind
  /** Milliseconds since the epoch. */
  at: number
  role?: ImpersonationRole
  rule?: ImpersonationRule
  principal?: Principal
  key?: AccessKey
}>

export type Holder = Readonly<{ principal: Principal; keys: readonly AccessKey[] }>

/** Everything of an organization that can end. */
export type Endable = Readonly<{
  roles: readonly ImpersonationRole[]
  exceptions: readonly ProtectionException[]
  holders: readonly Holder[]
}>

/**
 * Returns the ends after a time, and up to a later one, the earliest first. Disabled principals and keys are left out, and
 * so are exceptions of deleted roles, because they give no access.
 */
export function endsBetween(
  { roles, exceptions, holders }: Endable,
  from: number,
  until: number,
): readonly End[] {
  const ends = [
    ...roles.flatMap(endsOfRole),
    ...exceptions.flatMap(exception => endOfException(exception, roles)),
    ...holders.flatMap(endsOfHolder),
  ]
  return ends.filter(({ at }) => at > from && at <= until).toSorted((a, b) => a.at - b.at)
}

const NEVER = Number.POSITIVE_INFINITY

const endsOfRole = (role: ImpersonationRole): readonly End[] => [
  { kind: 'role', at: role.notAfter ?? NEVER, role },
  ...role.rules.map(rule => ({ kind: 'rule', at: rule.notAfter ?? NEVER, role, rule }) as const),
]

function endOfException(
  { roleId, notAfter }: ProtectionException,
  roles: readonly ImpersonationRole[],
): readonly End[] {
  const role = roles.find(({ id }) => id === roleId)
  return role === undefined ? [] : [{ kind: 'protection-exception', at: notAfter, role }]
}

function endsOfHolder({ principal, keys }: Holder): readonly End[] {
  if (!principal.enabled) return []
  const kind = assumesOnly(principal.policy) ? 'access-key' : 'administrator-key'
  return [
    { kind: 'principal', at: principal.notAfter ?? NEVER, principal },
    ...keys
      .filter(({ enabled }) => enabled)
      .map(key => ({ kind, at: key.expiresAt ?? NEVER, principal, key }) as const),
  ]
}
