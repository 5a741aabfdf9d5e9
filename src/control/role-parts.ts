/**
 * Parts of a role that have permissions of their own: how a request gives each of them, and how a response shows it.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import type { Organization } from '../model/identity.ts'
import { only, without } from '../model/members.ts'
import type { PART_PERMISSIONS } from '../model/permissions.ts'
import type { RoleProfile } from '../model/profile.ts'
import {
  DEFAULT_GUARD,
  type ImpersonationRole,
  type ImpersonationRule,
  type RoleDraft,
  type RoleGuard,
} from '../model/role.ts'
import { isLimited, type Validity } from '../model/validity.ts'
import { findProfile } from '../policy/profiles.ts'
import type { Call } from './action.ts'
import { NO_PROFILE, type PartsInput } from './contract/role-parts.ts'
import { capitalized, uncapitalized } from './member-names.ts'
import { requirePermission } from './permissions.ts'
import { invalid } from './problems.ts'
import { readRules } from './rules.ts'
import type { RuleInput } from './shapes.ts'
import { periodOf, periodOnWire } from './time.ts'

/** Members of a role that the parts consist of. */
type Content = Pick<ImpersonationRole, 'guard' | 'profile'> & Validity

type Part<Input, Shown> = Readonly<{
  /** Members of a role that a change of the part replaces. */
  members: readonly (keyof Content)[]
  permission: (typeof PART_PERMISSIONS)[number]
  /** Returns these members for what a request gives. */
  read: (given: Input, organization: Organization) => Partial<Content>
  /** Returns the part for a response. */
  show: (role: Content) => Shown
}>

const part = <Input, Shown>(described: Part<Input, Shown>) => described

const PARTS = {
  Guard: part({
    members: ['guard'],
    permission: 'ewsgateway:PutRoleGuard',
    read: (given: PartsInput['Guard'], organization) => {
      const guard = {
        ...uncapitalized(given),
        senders: given.Senders ?? DEFAULT_GUARD.senders,
        extraReads: [...new Set(given.ExtraReads)],
      }
      requireSenders(guard, organization)
      return { guard }
    },
    show: ({ guard }) => capitalized(guard),
  }),
  Profile: part({
    members: ['profile'],
    permission: 'ewsgateway:PutRoleProfile',
    read: profileIn,
    show: profileOnWire,
  }),
  Period: part({
    members: ['notBefore', 'notAfter'],
    permission: 'ewsgateway:PutRolePeriod',
    read: (given: PartsInput['Period']) => periodOf(given, 'Period.NotAfter'),
    show: role => (isLimited(role) ? periodOnWire(role) : undefined),
  }),
}

type PartName = keyof typeof PARTS

const ALL = Object.entries(PARTS) as readonly [PartName, Part<never, unknown>][]

/** Members of a change of a role, apart from those that say what it is for. */
export type RoleInput = Partial<PartsInput> &
  Readonly<{ Type?: ImpersonationRole['type']; Rules?: readonly RuleInput[] }>

/**
 * Reads a change of roles, and resolves the targets of rules.
 *
 * @param known - rules whose users and groups can be named even if they no longer exist
 * @returns a function that changes a role: what the request leaves out stays
 * @throws ApiError InvalidParameterException, EntityNotFoundException
 */
export async function readChange(
  call: Call,
  { Type, Rules, ...given }: RoleInput,
  known: readonly ImpersonationRule[],
): Promise<<T extends RoleDraft>(role: T) => T> {
  const replacing = {
    ...(Type !== undefined && { type: Type }),
    ...(Rules && { rules: await readRules(call, Rules, known) }),
  }
  const replaced: (keyof Content)[] = []
  for (const [name, { members, read }] of ALL) {
    const value = given[name]
    if (value === undefined) continue
    replaced.push(...members)
    Object.assign(replacing, read(value as never, call.organization))
  }
  return <T extends RoleDraft>(role: T) => ({ ...without(role, replaced), ...replacing }) as T
}

/** Returns the parts of a role for a response. */
export function partsOnWire(role: Content) {
  const period = PARTS.Period.show(role)
  return {
    Guard: PARTS.Guard.show(role),
    Profile: PARTS.Profile.show(role),
    ...(period && { Period: period }),
  }
}

/**
 * Requires the permission of each part that a change replaces. A part that stays the same needs none, unless the stored
 * one is not understood.
 *
 * @throws ApiError AccessDeniedException
 */
export function requireParts(call: Call, before: RoleDraft, after: RoleDraft): void {
  for (const [name, { members, permission }] of ALL) {
    const isSame = isDeepStrictEqual(only(before, members), only(after, members))
    if (!isSame || before.unreadable?.includes(name))
      requirePermission(call, permission, `this ${name}`)
  }
}

/**
 * @throws ApiError InvalidParameterException if a guard leaves the check of senders to an upstream that doesn't check
 * them
 */
export function requireSenders({ senders }: RoleGuard, { enforcesSendAs }: Organization): void {
  if (senders === 'server' && enforcesSendAs !== true)
    throw invalid('Guard.Senders can be server only if upstream.enforcesSendAs is true')
}

/** Returns the limits in a request; nothing if the role has none. */
function profileIn({ Profile, Operations: { Allowed, Denied } = {} }: PartsInput['Profile']) {
  const profile: RoleProfile = {
    ...(Profile !== NO_PROFILE && { name: Profile }),
    ...(Allowed && { allowedOperations: [...new Set(Allowed)] }),
    ...(Denied && Denied.length > 0 && { deniedOperations: [...new Set(Denied)] }),
  }
  return Object.keys(profile).length === 0 ? {} : { profile }
}

function profileOnWire({ profile = {} }: Content) {
  const { name, allowedOperations, deniedOperations } = profile
  const version = name && findProfile(name)?.version
  const operations = {
    ...(allowedOperations && { Allowed: allowedOperations }),
    ...(deniedOperations && { Denied: deniedOperations }),
  }
  return {
    Profile: name ?? NO_PROFILE,
    ...(version !== undefined && { ProfileVersion: version }),
    ...(Object.keys(operations).length > 0 && { Operations: operations }),
  }
}
