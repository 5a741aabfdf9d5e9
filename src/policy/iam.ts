/**
 * Policy evaluation: whether a principal may do something.
 *
 * A statement that denies wins; else one that allows; else nothing speaks for the principal. What
 * cannot be read never allows and always denies.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * @module
 */

import { ASSUME_ROLE, type PolicyDocument, type Statement } from '../model/iam.ts'
import { foldName, type OrganizationId } from '../model/identity.ts'
import { type RoleId, roleId } from '../model/role.ts'
import { type ConditionValues, conditionHolds } from './condition.ts'
import { matchesWildcard } from './wildcard.ts'

/** What a principal asks to do, and the circumstances that a condition can name. */
export type PolicyRequest = Readonly<{
  /** `workmail:…`, or `ewsgateway:…` for what WorkMail has no words for. */
  action: string
  organizationId: OrganizationId
  roleId?: RoleId
  sourceIp: string
  /** Milliseconds since the epoch. */
  at: number
  secureTransport: boolean
}>

/** `ImplicitDeny`: no statement matched. */
export type PolicyEffect = 'Allow' | 'Deny' | 'ImplicitDeny'

/** Evaluates a principal's policy; the order of its statements does not matter. */
export function evaluatePolicy(document: PolicyDocument, request: PolicyRequest): PolicyEffect {
  const values = valuesOf(request)
  const matching = document.Statement.filter(statement => matches(statement, request, values))

  if (matching.some(({ Effect }) => Effect === 'Deny')) return 'Deny'
  return matching.length > 0 ? 'Allow' : 'ImplicitDeny'
}

/**
 * The one role that a policy lets its principal assume, by its id.
 *
 * Undefined where its Allow statements on AssumeImpersonationRole name none or several, or leave
 * the role open: without a condition on it, or by a pattern.
 */
export function onlyRole(document: PolicyDocument): RoleId | undefined {
  if (!ONLY_ROLES.has(document)) ONLY_ROLES.set(document, findOnlyRole(document))
  return ONLY_ROLES.get(document)
}

/** Found once for as long as somebody keeps the document. */
const ONLY_ROLES = new WeakMap<PolicyDocument, RoleId | undefined>()

function findOnlyRole(document: PolicyDocument): RoleId | undefined {
  const named = allowing(document)
    .filter(statement => coversAction(statement, ASSUME_ROLE))
    .map(namedRoles)
  const roles = new Set(named.flat())

  const [role] = roles
  if (roles.size !== 1 || named.some(({ length }) => length === 0)) return undefined
  return role !== undefined && /^[\w-]{1,64}$/.test(role) ? roleId(role) : undefined
}

/**
 * Whether a policy can allow nothing but AssumeImpersonationRole. An action with a wildcard is
 * more than that, whatever Deny statements say.
 */
export function assumesOnly(document: PolicyDocument): boolean {
  return allowing(document).every(({ Action }) =>
    Action.every(action => action === ASSUME_ROLE || foldName(action) === FOLDED_ASSUME_ROLE),
  )
}

const FOLDED_ASSUME_ROLE = foldName(ASSUME_ROLE)

const allowing = ({ Statement }: PolicyDocument): readonly Statement[] =>
  Statement.filter(({ Effect }) => Effect === 'Allow')

/** The role ids that a statement demands by StringEquals; none where it has a pattern as well. */
function namedRoles({ Condition: condition }: Statement): readonly string[] {
  const pattern = condition?.StringLike?.['workmail:ImpersonationRoleId']
  return pattern ? [] : (condition?.StringEquals?.['workmail:ImpersonationRoleId'] ?? [])
}

function valuesOf(request: PolicyRequest): ConditionValues {
  return {
    'workmail:ImpersonationRoleId': request.roleId,
    'aws:SourceIp': request.sourceIp,
    'aws:CurrentTime': textOf(request.at),
    'aws:SecureTransport': String(request.secureTransport),
  }
}

let lastAt = Number.NaN
let lastText = ''

/** Many requests are of the same millisecond, and writing a date takes longer than all the rest. */
function textOf(at: number): string {
  if (at === lastAt) return lastText
  lastText = new Date(at).toISOString()
  lastAt = at
  return lastText
}

const NO_CONDITION = {}

/** Whether a statement applies; where that cannot be told, only one that denies does. */
function matches(statement: Statement, request: PolicyRequest, values: ConditionValues): boolean {
  if (!coversAction(statement, request.action)) return false
  if (!concerns(statement, request.organizationId)) return false
  return conditionHolds(statement.Condition ?? NO_CONDITION, values) ?? statement.Effect === 'Deny'
}

/**
 * Whether a statement can apply to anything of an organization; where that cannot be told, only one
 * that denies does.
 */
export function concerns({ Effect, Resource }: Statement, organization: OrganizationId): boolean {
  return Resource.some(resource => coversOrganization(resource, organization) ?? Effect === 'Deny')
}

/** Actions are compared without case. */
const coversAction = ({ Action }: Statement, action: string): boolean =>
  Action.some(pattern => pattern === action || matchesWildcard(foldName(pattern), foldName(action)))

/**
 * Whether a Resource is the organization; of an ARN `arn:partition:workmail:region:account:
 * organization/id`, partition, region and account mean nothing here.
 *
 * @returns undefined where the text is no ARN
 */
function coversOrganization(resource: string, organization: OrganizationId): boolean | undefined {
  if (resource === '*') return true
  const [scheme, , service, , , ...rest] = resource.split(':')
  if (scheme !== 'arn' || service === undefined || rest.length === 0) return undefined
  return (
    matchesWildcard(service, 'workmail') &&
    matchesWildcard(rest.join(':'), `organization/${organization}`)
  )
}
