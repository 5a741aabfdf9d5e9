/**
 * Actions that attach a draft to a role as its shadow, return it, remove it, and enforce it.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import { without } from '../model/members.ts'
import {
  type ImpersonationRole,
  type RoleContent,
  type RoleShadow,
  roleDraftOf,
} from '../model/role.ts'
import { roleContentOf, withContent } from '../model/role-shape.ts'
import { type Action, action, type Call } from './action.ts'
import { replace, versionOf, versionOfRole } from './concurrency.ts'
import * as contract from './contract/shadows.ts'
import { contentOfDraft } from './draft.ts'
import { ApiError } from './errors.ts'
import { requirePermission } from './permissions.ts'
import { partsOnWire, requireParts, requireSenders } from './role-parts.ts'
import { explain, findRole } from './roles.ts'
import { groupRuleOnWire } from './rules.ts'

const NO_SHADOW = 'none'

const getShadow = action(contract.getShadow, async (call, { ImpersonationRoleId }) => {
  const role = await findRole(call, ImpersonationRoleId)
  const { shadow } = role
  const versions = { Version: versionOfShadow(role), RoleVersion: versionOfRole(role) }
  if (shadow === undefined) return versions
  const { Guard, Profile } = partsOnWire(shadow)
  return {
    ...versions,
    Draft: {
      Type: shadow.type,
      Rules: shadow.rules.map(groupRuleOnWire),
      Guard,
      Profile: without(Profile, ['ProfileVersion']),
    },
    AttachedBy: { PrincipalId: shadow.attachedBy.id, Name: shadow.attachedBy.name },
    DateAttached: shadow.attachedAt / 1_000,
    RoleChanged: isChanged(role, shadow),
  }
})

const putShadow = action(
  contract.putShadow,
  async (call, { ImpersonationRoleId, Draft, ExpectedVersion }) => {
    const { ports, organization, principal, at } = call
    const { before, after } = await replace({
      expected: ExpectedVersion,
      read: () => findRole(call, ImpersonationRoleId),
      versionOf: versionOfShadow,
      write: async role => {
        const shadow = {
          ...(await contentOfDraft(call, Draft, role)),
          base: baseOf(role),
          attachedAt: at,
          attachedBy: { id: principal.id, name: principal.name },
        }
        return (await ports.store.putShadow(organization.id, role.id, shadow)) ?? role
      },
    })
    call.changed(shownOf(before), shownOf(after))
    return { Version: versionOfShadow(after) }
  },
)

const deleteShadow = action(
  contract.deleteShadow,
  async (call, { ImpersonationRoleId, ExpectedVersion }) => {
    const { before, after } = await replace({
      expected: ExpectedVersion,
      read: () => findRole(call, ImpersonationRoleId),
      versionOf: versionOfShadow,
      write: role => remove(call, role),
    })
    call.changed(shownOf(before), shownOf(after))
    return {}
  },
)

const enforceShadow = action(
  contract.enforceShadow,
  async (call, { ImpersonationRoleId, ExpectedVersion, ExpectedShadowVersion }) => {
    const { before, after } = await replace({
      expected: ExpectedVersion,
      read: () => findRole(call, ImpersonationRoleId),
      versionOf: versionOfRole,
      write: async role => {
        const shadow = shadowOf(role)
        requireVersion(role, ExpectedShadowVersion)
        requireUnchanged(role, shadow)
        requirePermissions(call, role, shadow)
        requireSenders(shadow.guard, call.organization)
        return await remove(call, await enforce(call, role, shadow))
      },
    })
    call.changed(before, after)
    return { Version: versionOfRole(after) }
  },
)

export const SHADOW_ACTIONS: readonly Action[] = [getShadow, putShadow, deleteShadow, enforceShadow]

/** Returns the draft that is attached to a role. @throws ApiError ResourceNotFoundException if there is none */
export function shadowOf({ name, shadow }: ImpersonationRole): RoleShadow {
  if (shadow !== undefined) return shadow
  throw new ApiError(
    'ResourceNotFoundException',
    `No draft is attached to ${name}. Attach one with EwsGateway.PutRoleShadow`,
  )
}

const versionOfShadow = ({ shadow }: ImpersonationRole): string =>
  shadow === undefined ? NO_SHADOW : String(shadow.version)

const remove = async (
  { ports, organization }: Call,
  role: ImpersonationRole,
): Promise<ImpersonationRole> =>
  (await ports.store.putShadow(organization.id, role.id, undefined)) ?? role

/** Replaces the content of a role by its draft. */
async function enforce(
  call: Call,
  role: ImpersonationRole,
  shadow: RoleShadow,
): Promise<ImpersonationRole> {
  return await call.ports.store
    .putRole(roleDraftOf(withContent(role, shadow)))
    .catch((error: unknown) => explain(error, call))
}

/** @throws ApiError ConflictException if the draft has another version */
function requireVersion(role: ImpersonationRole, expected: string): void {
  const present = versionOfShadow(role)
  if (present === expected) return
  throw new ApiError(
    'ConflictException',
    `ExpectedShadowVersion is not the present version of the draft, ${present}: someone else has changed it since you read it. Read it again, and look at its differences`,
  )
}

/** Returns a fingerprint of what a draft replaces. */
const baseOf = (content: RoleContent): string => versionOf(roleContentOf(content))

const isChanged = (role: ImpersonationRole, { base }: RoleShadow): boolean => baseOf(role) !== base

/** @throws ApiError ConflictException if the role was changed after the draft was attached */
function requireUnchanged(role: ImpersonationRole, shadow: RoleShadow): void {
  if (!isChanged(role, shadow)) return
  throw new ApiError(
    'ConflictException',
    `The type, rules, guard, or profile of ${role.name} were changed after the draft was attached. Compare them, and attach the draft again with EwsGateway.PutRoleShadow if it is to replace them`,
  )
}

/**
 * Requires the permissions for what a draft changes.
 *
 * @throws ApiError AccessDeniedException
 */
function requirePermissions(call: Call, role: ImpersonationRole, shadow: RoleShadow): void {
  const isOfRole = role.type !== shadow.type || !isDeepStrictEqual(role.rules, shadow.rules)
  if (isOfRole) requirePermission(call, 'ewsgateway:PutImpersonationRole', 'the draft')
  requireParts(call, role, withContent(role, shadow))
}

/** Returns the members of a role for the audit record of a change of its shadow. */
const shownOf = ({ id, name, version, shadow }: ImpersonationRole) => ({
  id,
  name,
  version,
  ...(shadow && { shadow }),
})
