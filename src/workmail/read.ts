/**
 * Reads a WorkMail organization completely, or fails.
 *
 * Rejects members that it does not know, because an ignored condition of a rule could allow more than WorkMail does.
 *
 * @module
 */

import { z } from 'zod'
import {
  accessControlDescriptionShape,
  accessControlNameShape,
  effectShape,
  ipRangeShape,
  nextTokenShape,
  organizationIdShape,
  roleIdShape,
} from '../control/shapes.ts'
import { ACCESS_CONTROL_ACTIONS, type AccessControlAction } from '../model/access-control.ts'
import { roleId } from '../model/role.ts'
import { roleOf, roleShape } from './role.ts'
import {
  type NamedAccessControlRule,
  type WorkMail,
  type WorkMailCall,
  WorkMailError,
  type WorkMailGroup,
  type WorkMailOrganization,
  type WorkMailRole,
  type WorkMailUser,
} from './workmail.ts'

/** Maximum number of pages of a list, to stop at an endless one. Lists of WorkMail have far fewer. */
const MAX_PAGES = 10_000

const userShape = z.object({
  Id: z.string().min(1),
  Email: z.string().exactOptional(),
  Name: z.string().exactOptional(),
  DisplayName: z.string().exactOptional(),
  State: z.string(),
  UserRole: z.string().exactOptional(),
})
const groupShape = z.object({
  Id: z.string().min(1),
  Email: z.string().exactOptional(),
  Name: z.string(),
  State: z.string(),
})
const memberShape = z.object({ Id: z.string().min(1), Type: z.enum(['USER', 'GROUP']) })
const names = z.array(z.string().min(1)).exactOptional()
const accessControlShape = z.strictObject({
  Name: accessControlNameShape,
  Effect: effectShape,
  Description: accessControlDescriptionShape.default(''),
  IpRanges: z.array(ipRangeShape).exactOptional(),
  NotIpRanges: z.array(ipRangeShape).exactOptional(),
  Actions: names,
  NotActions: names,
  UserIds: names,
  NotUserIds: names,
  ImpersonationRoleIds: z.array(roleIdShape).exactOptional(),
  NotImpersonationRoleIds: z.array(roleIdShape).exactOptional(),
  DateCreated: z.unknown().optional(),
  DateModified: z.unknown().optional(),
})

/**
 * Returns the ID of the account's only organization.
 *
 * @throws WorkMailError if there is none, or several; the message lists them
 */
export async function onlyOrganization(workMail: WorkMail): Promise<string> {
  const shape = z.object({ OrganizationId: organizationIdShape, State: z.string().exactOptional() })
  const all = await listed(
    workMail,
    { operation: 'ListOrganizations', input: {} },
    'OrganizationSummaries',
    shape,
  )
  const [one, ...others] = all
    .filter(({ State }) => State !== 'Deleted')
    .map(it => it.OrganizationId)
  if (one !== undefined && others.length === 0) return one
  if (one === undefined) throw new WorkMailError('The account has no WorkMail organization')
  throw new WorkMailError(
    `The account has several WorkMail organizations. Choose one with --from-organization: ${[one, ...others].join(', ')}`,
  )
}

/** Reads an organization. @throws WorkMailError if a part of it cannot be read or is not supported */
export async function readOrganization(
  workMail: WorkMail,
  organization: string,
): Promise<WorkMailOrganization> {
  const of = { OrganizationId: organization }
  const users: WorkMailUser[] = []
  for (const user of await listed(
    workMail,
    { operation: 'ListUsers', input: of },
    'Users',
    userShape,
  ))
    users.push(await userOf(workMail, of, user))
  const groups: WorkMailGroup[] = []
  for (const group of await listed(
    workMail,
    { operation: 'ListGroups', input: of },
    'Groups',
    groupShape,
  ))
    groups.push(await groupOf(workMail, of, group))
  const summaries = await listed(
    workMail,
    { operation: 'ListImpersonationRoles', input: of },
    'Roles',
    z.object({ ImpersonationRoleId: roleIdShape }),
  )
  const roles: WorkMailRole[] = []
  for (const { ImpersonationRoleId } of summaries) {
    const call = {
      operation: 'GetImpersonationRole',
      input: { ...of, ImpersonationRoleId },
    } as const
    roles.push(roleOf(read(call, roleShape, await workMail.call(call))))
  }
  const call = { operation: 'ListAccessControlRules', input: of } as const
  const rules = await listed(workMail, call, 'Rules', accessControlShape)
  return {
    users,
    groups,
    roles,
    accessControl: rules.map(accessControlRuleOf).filter(rule => rule !== undefined),
  }
}

/** Reads every page of a list. @throws WorkMailError if the list never ends */
async function listed<T extends z.ZodType>(
  workMail: WorkMail,
  { operation, input }: WorkMailCall,
  member: string,
  entry: T,
): Promise<readonly z.output<T>[]> {
  const shape = z.object({ [member]: z.array(entry), NextToken: nextTokenShape.nullish() })
  const all: z.output<T>[] = []
  let next: string | undefined
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const call = { operation, input: { ...input, ...(next !== undefined && { NextToken: next }) } }
    const response = read(call, shape, await workMail.call(call)) as Readonly<
      Record<string, unknown>
    >
    all.push(...(response[member] as z.output<T>[]))
    const following = response['NextToken'] as string | null | undefined
    if (!following) return all
    if (following === next) break
    next = following
  }
  throw new WorkMailError(
    `${operation}: every page has a NextToken, so the list never ends. A file must have the whole list, without NextToken`,
  )
}

function read<T extends z.ZodType>(
  { operation }: WorkMailCall,
  shape: T,
  response: unknown,
): z.output<T> {
  const result = shape.safeParse(response)
  if (result.success) return result.data
  const lines = result.error.issues.map(
    ({ path, message }) => `${operation}: ${path.join('.')}: ${message}`,
  )
  throw new WorkMailError(lines.join('\n'))
}

async function userOf(
  workMail: WorkMail,
  of: Readonly<{ OrganizationId: string }>,
  { Id, Email, Name, DisplayName, State, UserRole }: z.output<typeof userShape>,
): Promise<WorkMailUser> {
  const input = { ...of, EntityId: Id }
  // Skips users without a mailbox, for which WorkMail rejects ListAliases.
  const aliases =
    Email === undefined || State !== 'ENABLED'
      ? []
      : await listed(workMail, { operation: 'ListAliases', input }, 'Aliases', z.string())
  return {
    id: Id,
    email: Email,
    name: Name,
    displayName: DisplayName,
    state: State,
    userRole: UserRole ?? 'USER',
    aliases,
  }
}

async function groupOf(
  workMail: WorkMail,
  of: Readonly<{ OrganizationId: string }>,
  { Id, Email, Name, State }: z.output<typeof groupShape>,
): Promise<WorkMailGroup> {
  const call = { operation: 'ListGroupMembers', input: { ...of, GroupId: Id } } as const
  const members = State === 'DELETED' ? [] : await listed(workMail, call, 'Members', memberShape)
  return {
    id: Id,
    name: Name,
    email: Email,
    state: State,
    members: members.map(one => ({ id: one.Id, type: one.Type })),
  }
}

/**
 * Converts an access control rule. Returns undefined if it names only protocols that the gateway does not serve,
 * because such a rule could never match.
 */
function accessControlRuleOf(
  rule: z.output<typeof accessControlShape>,
): NamedAccessControlRule | undefined {
  const actions = rule.Actions?.filter(isAction)
  const notActions = rule.NotActions?.filter(isAction)
  if (rule.Actions?.length && actions?.length === 0) return undefined
  return {
    name: rule.Name,
    effect: rule.Effect,
    description: rule.Description,
    ...some('ipRanges', rule.IpRanges),
    ...some('notIpRanges', rule.NotIpRanges),
    ...some('actions', actions),
    ...some('notActions', notActions),
    ...some('userIds', rule.UserIds),
    ...some('notUserIds', rule.NotUserIds),
    ...some('impersonationRoleIds', rule.ImpersonationRoleIds?.map(roleId)),
    ...some('notImpersonationRoleIds', rule.NotImpersonationRoleIds?.map(roleId)),
  }
}

const isAction = (action: string): action is AccessControlAction =>
  (ACCESS_CONTROL_ACTIONS as readonly string[]).includes(action)

/** Returns an object with a list as its member. Omits an empty list, because WorkMail treats it as absent. */
const some = <const K extends string, T>(name: K, values: readonly T[] | undefined) =>
  (values?.length ? { [name]: values } : {}) as Partial<Record<K, readonly T[]>>
