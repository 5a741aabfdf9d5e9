/**
 * Actions on impersonation roles: create, get, update, delete, list.
 *
 * @module
 */

import { createHash, randomUUID } from 'node:crypto'
import { without } from '../model/members.ts'
import {
  DEFAULT_GUARD,
  type ImpersonationRole,
  type ImpersonationRule,
  type RoleDraft,
  type RoleId,
  roleDraftOf,
  roleId,
} from '../model/role.ts'
import { ClientTokenReused, ConflictError, LimitReached } from '../store/store.ts'
import { type Action, action, type Call } from './action.ts'
import * as contract from './contract/roles.ts'
import { ApiError } from './errors.ts'
import { cut, pageOf } from './paging.ts'
import { invalid, nameInsteadOfId } from './problems.ts'
import { readRules, ruleOnWire } from './rules.ts'

/** Period within which the same client token creates no second role. */
const CLIENT_TOKEN_MS = 24 * 60 * 60_000
const ROLES = 'ImpersonationRoles'

const createRole = action(contract.createRole, async (call, { ClientToken, ...input }) => {
  const draft = newRole(call, await contentOf(call, input))
  return { ImpersonationRoleId: await create(call, draft, input, ClientToken) }
})

const getRole = action(contract.getRole, async (call, { ImpersonationRoleId }) => {
  return roleOnWire(await findRole(call, ImpersonationRoleId))
})

const updateRole = action(contract.updateRole, async (call, { ImpersonationRoleId, ...input }) => {
  const before = await findRole(call, ImpersonationRoleId)
  requireReadable(before)
  requireWorkMailRules(before)
  const draft = { ...keptBy(before), ...(await contentOf(call, input, before)) }
  const after = await call.ports.store
    .putRole(draft)
    .catch((error: unknown) => explain(error, call))
  call.changed(before, after)
  return {}
})

const deleteRole = action(contract.deleteRole, async (call, { ImpersonationRoleId }) => {
  const { ports, organization } = call
  const id = roleId(ImpersonationRoleId)
  const before = await ports.store.role(organization.id, id)
  if (before === undefined) await requireNoName(call, ImpersonationRoleId)
  await ports.store.deleteRole(organization.id, id)
  call.changed(before ?? { id }, undefined)
  return {}
})

const listRoles = action(contract.listRoles, async ({ ports, organization }, input) => {
  const { after, limit } = pageOf(ROLES, input)
  const roles = await ports.store.rolesPage(organization.id, {
    limit: limit + 1,
    ...(after !== undefined && { after: roleId(after) }),
  })
  const { entries, ...next } = cut(ROLES, roles, limit, ({ id }) => id)
  return { Roles: entries.map(summaryOf), ...next }
})

export const ROLE_ACTIONS: readonly Action[] = [
  createRole,
  getRole,
  updateRole,
  deleteRole,
  listRoles,
]

/** Returns a new role for the content of a request, with the default of each other part. */
export const newRole = ({ organization }: Call, content: Content): RoleDraft => ({
  id: roleId(randomUUID()),
  organizationId: organization.id,
  guard: DEFAULT_GUARD,
  ...content,
})

/**
 * Creates a role, unless a call with the same token and input has created it.
 *
 * @returns the ID of the role that was created, or that the earlier call created
 * @throws ApiError InvalidParameterException, LimitExceededException
 */
export async function create(
  call: Call,
  draft: RoleDraft,
  input: object,
  clientToken: string = randomUUID(),
): Promise<RoleId> {
  const { ports, organization } = call
  const id = await ports.store
    .createRole(draft, {
      clientToken,
      fingerprint: createHash('sha256').update(JSON.stringify(input)).digest('base64url'),
      expiresAt: call.at + CLIENT_TOKEN_MS,
      atMost: ports.limits.roles,
    })
    .catch((error: unknown) => explain(error, call))
  call.changed(undefined, await ports.store.role(organization.id, id))
  return id
}

/** @throws ApiError ResourceNotFoundException */
export async function findRole(call: Call, id: string): Promise<ImpersonationRole> {
  const role = await call.ports.store.role(call.organization.id, roleId(id))
  if (role !== undefined) return role
  throw roleNotFound(id)
}

/** Returns the error about a role that does not exist. */
export const roleNotFound = (id: string) =>
  new ApiError('ResourceNotFoundException', `The impersonation role ${id} does not exist`)

/** Rejects the name of a role, because deleting an ID that no role has succeeds. */
async function requireNoName({ ports, organization }: Call, id: string): Promise<void> {
  const named = await ports.store.roleByName(organization.id, id)
  if (named !== undefined) throw nameInsteadOfId(id, 'role', named.id)
}

/** Rejects a role with parts that are not understood, for which only PutImpersonationRole has all members. */
function requireReadable({ name, unreadable }: ImpersonationRole): void {
  if (unreadable !== undefined)
    throw invalid(
      `This version of the gateway does not understand parts of ${name}: ${unreadable.join(', ')}. Replace the role with EwsGateway.PutImpersonationRole`,
    )
}

/** Members of a rule that WorkMail has. */
const OF_WORKMAIL_RULE = [
  'id',
  'effect',
  'name',
  'description',
  'targetUsers',
  'notTargetUsers',
] as const satisfies readonly (keyof ImpersonationRule)[]

/** Rejects a role whose rules have what WorkMail has not, because its clients would remove it without notice. */
function requireWorkMailRules({ name, rules }: ImpersonationRole): void {
  const more = new Set(rules.flatMap(rule => Object.keys(without(rule, OF_WORKMAIL_RULE))))
  if (more.size === 0) return
  const members = [...more].map(member => member.charAt(0).toUpperCase() + member.slice(1))
  throw invalid(
    `Rules of ${name} have ${members.join(', ')}, which UpdateImpersonationRole does not support. Change the role with EwsGateway.PutImpersonationRole`,
  )
}

type Written = Readonly<{
  Name: string
  Type: ImpersonationRole['type']
  Rules: Parameters<typeof readRules>[1]
  Description?: string
}>

/** Members of a role that a request replaces, if it has all that WorkMail's actions write. */
const WRITTEN = ['name', 'type', 'description', 'rules'] as const

type Content = Pick<ImpersonationRole, (typeof WRITTEN)[number]>

/** Returns what such a request keeps of a role. */
const keptBy = (role: ImpersonationRole) => without(roleDraftOf(role), WRITTEN)

/**
 * Returns the content of a role in a request, with targets resolved to IDs.
 *
 * @param before - the role that the request replaces
 * @throws ApiError InvalidParameterException, EntityNotFoundException
 */
async function contentOf(
  call: Call,
  { Name, Type, Rules, Description }: Written,
  before?: ImpersonationRole,
): Promise<Content> {
  return {
    name: Name,
    type: Type,
    ...(Description !== undefined && { description: Description }),
    rules: await readRules(call, Rules, before?.rules),
  }
}

/** Throws the API error for an error of the store. */
export function explain(error: unknown, { ports }: Call): never {
  if (error instanceof ConflictError)
    throw invalid(...error.conflicts.map(({ message }) => `Name must be unique: ${message}`))
  if (error instanceof ClientTokenReused)
    throw invalid('ClientToken was used with other input in the last 24 hours. Use another one')
  if (error instanceof LimitReached)
    throw new ApiError(
      'LimitExceededException',
      `The organization has ${ports.limits.roles} impersonation roles already, which is the limit`,
    )
  throw error
}

/** Returns a role in the form of GetImpersonationRole. */
export const roleOnWire = (role: ImpersonationRole) => ({
  ...summaryOf(role),
  ...(role.description !== undefined && { Description: role.description }),
  Rules: role.rules.map(ruleOnWire),
})

const summaryOf = (role: ImpersonationRole) => ({
  ImpersonationRoleId: role.id,
  Name: role.name,
  Type: role.type,
  DateCreated: role.createdAt / 1_000,
  DateModified: role.modifiedAt / 1_000,
})
