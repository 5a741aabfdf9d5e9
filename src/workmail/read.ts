/**
 * Reads an organization of WorkMail's, whole or not at all.
 *
 * What it is not sure to understand it refuses: a condition that is overlooked would let more through.
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
  type Asked,
  type NamedAccessControlRule,
  type WorkMail,
  WorkMailError,
  type WorkMailGroup,
  type WorkMailOrganization,
  type WorkMailRole,
  type WorkMailUser,
} from './workmail.ts'

/** More pages than any list has. */
const MOST_PAGES = 10_000

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
 * The organization that is meant where nobody named one: the only one there is.
 *
 * @throws WorkMailError naming those that there are
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
  const found = one === undefined ? 'none' : [one, ...others].join(', ')
  throw new WorkMailError(`Name the organization by --from-organization; there are: ${found}`)
}

/** @throws WorkMailError where anything of it cannot be had or understood */
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
    const asked = {
      operation: 'GetImpersonationRole',
      input: { ...of, ImpersonationRoleId },
    } as const
    roles.push(roleOf(read(asked, roleShape, await workMail.call(asked))))
  }
  const asked = { operation: 'ListAccessControlRules', input: of } as const
  const rules = await listed(workMail, asked, 'Rules', accessControlShape)
  return {
    users,
    groups,
    roles,
    accessControl: rules.map(accessControlRuleOf).filter(rule => rule !== undefined),
  }
}

/** Every page of a list; a list without its next page is refused. */
async function listed<T extends z.ZodType>(
  workMail: WorkMail,
  { operation, input }: Asked,
  member: string,
  entry: T,
): Promise<readonly z.output<T>[]> {
  const shape = z.object({ [member]: z.array(entry), NextToken: nextTokenShape.nullish() })
  const all: z.output<T>[] = []
  let next: string | undefined
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const asked = { operation, input: { ...input, ...(next !== undefined && { NextToken: next }) } }
    const answer = read(asked, shape, await workMail.call(asked)) as Readonly<
      Record<string, unknown>
    >
    all.push(...(answer[member] as z.output<T>[]))
    const following = answer['NextToken'] as string | null | undefined
    if (!following) return all
    if (following === next) break
    next = following
  }
  throw new WorkMailError(`${operation} goes on after its end: a file must hold the whole list`)
}

function read<T extends z.ZodType>({ operation }: Asked, shape: T, answer: unknown): z.output<T> {
  const result = shape.safeParse(answer)
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
  // Without a mailbox there are no addresses, and WorkMail refuses to list them.
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
  const asked = { operation: 'ListGroupMembers', input: { ...of, GroupId: Id } } as const
  const members = State === 'DELETED' ? [] : await listed(workMail, asked, 'Members', memberShape)
  return {
    id: Id,
    name: Name,
    email: Email,
    state: State,
    members: members.map(one => ({ id: one.Id, type: one.Type })),
  }
}

/** Undefined for a rule about nothing but protocols that nobody knows here: it can never match. */
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

/** A list without entries is one that was left out, as in WorkMail. */
const some = <const K extends string, T>(name: K, values: readonly T[] | undefined) =>
  (values?.length ? { [name]: values } : {}) as Partial<Record<K, readonly T[]>>
