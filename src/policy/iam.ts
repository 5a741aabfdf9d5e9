/**
 * Evaluates policies: whether a principal has a permission.
 *
 * A matching Deny wins. Otherwise a matching Allow wins. Otherwise the permission is denied. An Allow with a malformed
 * part never matches, and a Deny with one always does.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 * @module
 */

import { ASSUME_ROLE, type PolicyDocument, type Statement } from '../model/iam.ts'
import { foldName, type OrganizationId } from '../model/identity.ts'
import { type RoleId, roleId } from '../model/role.ts'
import type { Moment } from '../model/validity.ts'
import { matchesWildcard } from '../model/wildcard.ts'
import { type ConditionValues, conditionHolds } from './condition.ts'

/** Action of a principal, and the values with which conditions are compared. */
export type PolicyRequest = Readonly<{
  /** `workmail:…`, or `ewsgateway:…` for actions that WorkMail does not have. */
  action: string
  organizationId: OrganizationId
  roleId?: RoleId
  sourceIp: string
  /** Milliseconds since the epoch. */
  at: number
  secureTransport: boolean
}>

/** `ImplicitDeny` means that no statement matched. */
export type PolicyEffect = 'Allow' | 'Deny' | 'ImplicitDeny'

/** Evaluates a principal's policy. The order of its statements does not matter. */
export function evaluatePolicy(document: PolicyDocument, request: PolicyRequest): PolicyEffect {
  const values = valuesOf(request)
  let effect: PolicyEffect = 'ImplicitDeny'
  for (const statement of document.Statement) {
    if (!matches(statement, request, values)) continue
    if (statement.Effect === 'Deny') return 'Deny'
    effect = 'Allow'
  }
  return effect
}

/**
 * Evaluates a policy now. Allows a request only if the policy does at the time of the wall clock and at the latest time
 * that the process has seen, so a clock that is set back brings back no permission.
 */
export function evaluateNow(
  document: PolicyDocument,
  request: Omit<PolicyRequest, 'at'>,
  { at, latest = at }: Moment,
): PolicyEffect {
  const effect = evaluatePolicy(document, { ...request, at })
  return effect !== 'Allow' || latest === at
    ? effect
    : evaluatePolicy(document, { ...request, at: latest })
}

/**
 * Returns the ID of the only role that a policy allows its principal to assume.
 *
 * Returns undefined if the Allow statements on AssumeImpersonationRole name no role or several roles, or if one of
 * them has no condition on the role, or a pattern.
 */
export function onlyRole(document: PolicyDocument): RoleId | undefined {
  if (!ONLY_ROLES.has(document)) ONLY_ROLES.set(document, findOnlyRole(document))
  return ONLY_ROLES.get(document)
}

/** Caches the result for each document. */
const ONLY_ROLES = new WeakMap<PolicyDocument, RoleId | undefined>()

function findOnlyRole(document: PolicyDocument): RoleId | undefined {
  const named = document.Statement.filter(
    statement => statement.Effect === 'Allow' && coversAction(statement, ASSUME_ROLE),
  ).map(namedRoles)
  const roles = new Set(named.flat())

  const [role] = roles
  if (roles.size !== 1 || named.some(({ length }) => length === 0)) return undefined
  return role !== undefined && /^[\w-]{1,64}$/.test(role) ? roleId(role) : undefined
}

/**
 * Whether a policy allows nothing except AssumeImpersonationRole. Returns false for an Allow with a wildcard
 * action, even if Deny statements restrict it.
 */
export function assumesOnly(document: PolicyDocument): boolean {
  return document.Statement.every(
    ({ Effect, Action }) => Effect !== 'Allow' || Action.every(isAssumeRole),
  )
}

const isAssumeRole = (action: string): boolean =>
  action === ASSUME_ROLE || foldName(action) === FOLDED_ASSUME_ROLE

const FOLDED_ASSUME_ROLE = foldName(ASSUME_ROLE)

/** Returns the role IDs in a statement's StringEquals condition. Returns none if the statement also has a pattern. */
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

/**
 * Formats a time. Caches the last text, because many requests arrive in the same millisecond and formatting is
 * slow.
 */
function textOf(at: number): string {
  if (at === lastAt) return lastText
  lastText = new Date(at).toISOString()
  lastAt = at
  return lastText
}

const NO_CONDITION = {}

/** Whether a statement applies. If that cannot be determined, a Deny applies, and an Allow doesn't. */
function matches(statement: Statement, request: PolicyRequest, values: ConditionValues): boolean {
  if (!coversAction(statement, request.action)) return false
  if (!concerns(statement, request.organizationId)) return false
  return conditionHolds(statement.Condition ?? NO_CONDITION, values) ?? statement.Effect === 'Deny'
}

/** Whether a statement can apply to an organization. If that cannot be determined, a Deny can, and an Allow can't. */
export function concerns({ Effect, Resource }: Statement, organization: OrganizationId): boolean {
  return Resource.some(resource => coversOrganization(resource, organization) ?? Effect === 'Deny')
}

/** Whether a statement covers an action. Compares actions case-insensitively. */
const coversAction = ({ Action }: Statement, action: string): boolean =>
  Action.some(pattern => pattern === action || matchesWildcard(foldName(pattern), foldName(action)))

/**
 * Whether a Resource is the organization. Ignores partition, region, and account of an ARN
 * `arn:partition:workmail:region:account:organization/ID`.
 *
 * @returns undefined if the text is not an ARN
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
