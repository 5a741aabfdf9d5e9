/**
 * Stored objects that this version of the gateway doesn't understand completely, such as a rule with an effect that
 * a later version added. Each of them denies.
 *
 * @module
 */

import type { AccessControlRule } from './access-control.ts'
import type { BoundIdentity } from './external-identity.ts'
import type { OrganizationId, User } from './identity.ts'
import type { StoredKind, ValueOf } from './policy-data.ts'
import type { Credential, Principal } from './principal.ts'
import type { Protection } from './protection.ts'
import type { ImpersonationRole } from './role.ts'
import type { Subscription } from './subscription.ts'

/** All kinds of objects, as in the log and the metric. */
export const UNREADABLE_KINDS = [
  'role',
  'access-control-rule',
  'protection',
  'principal',
  'access-key',
  'identity',
  'user',
  'group',
  'subscription',
  'account-state',
] as const
export type UnreadableKind = (typeof UNREADABLE_KINDS)[number]

/** An object that is not understood. The ID says which one, and is no secret. */
export type UnreadableObject = Readonly<{
  kind: UnreadableKind
  id: string
  organizationId: OrganizationId
}>

type Marked = Readonly<{ unreadable?: unknown }>

/** An object of a value, which has a mark if it is not understood. */
type Part = readonly [kind: UnreadableKind, id: string, object: Marked]

const ofRole = (role: ImpersonationRole): readonly Part[] => [['role', role.id, role]]
const ofUser = (user: User): readonly Part[] => [
  ['user', user.id, user],
  ...(user.memberOf?.unreadable ?? []).map(id => ['group', id, { unreadable: true }] as const),
]
const ofPrincipal = (principal: Principal): Part => ['principal', principal.id, principal]

/** Objects that a value consists of, by kind of the value. */
const PARTS: Readonly<{ [Kind in StoredKind]: (value: ValueOf<Kind>) => readonly Part[] }> = {
  'access-control': (rules: readonly AccessControlRule[]) =>
    rules.map(rule => ['access-control-rule', rule.name, rule]),
  credential: ({ key, principal }: Credential) => [
    ['access-key', key.id, key],
    ofPrincipal(principal),
  ],
  identity: (bound: BoundIdentity) => [
    ['identity', bound.principal.id, bound],
    ofPrincipal(bound.principal),
  ],
  name: ofUser,
  protection: (protection: Protection) => [['protection', 'list', protection]],
  role: ofRole,
  'role-name': ofRole,
  subscription: (subscription: Subscription) => [
    ['subscription', subscription.idHash, subscription],
  ],
  user: ofUser,
}

/** Returns the objects of a value in the store that are not understood. */
export function unreadableIn<Kind extends StoredKind>(
  organizationId: OrganizationId,
  kind: Kind,
  value: ValueOf<Kind>,
): readonly UnreadableObject[] {
  const found: UnreadableObject[] = []
  for (const [of, id, { unreadable }] of PARTS[kind](value))
    if (unreadable !== undefined) found.push({ kind: of, id, organizationId })
  return found
}
