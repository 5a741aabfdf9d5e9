/**
 * The checks of a decision, in their order: the first denial wins.
 *
 * @module
 */

import { operationOf, rowOf } from '../ews/operations.ts'
import type { ImpersonationRole } from '../model/role.ts'
import { isWithin } from '../model/validity.ts'
import { type AccessRequest, evaluateAccessControl } from '../policy/access-control.ts'
import { isProtected } from '../policy/protection.ts'
import { checkBody } from './body.ts'
import { mayAssume } from './caller.ts'
import type { AuthorizationRequest, Outcome, Purpose, Target } from './decision.ts'
import type { Evaluation } from './evaluation.ts'
import { deny, NOT_MADE, PASS, passUnless } from './outcome.ts'
import { checkFolderClasses, checkProfile } from './profile.ts'
import { evaluateReach } from './reach.ts'
import { denialOfLock, denialOfPeriod } from './role-state.ts'
import { denialOfType } from './role-type.ts'
import { userOf } from './target.ts'

/**
 * A check without its name. It evaluates its condition as if all other checks passed, so that a trace can show the result
 * of each.
 */
type Row = Readonly<{
  purposes: readonly Purpose[]
  evaluate: (evaluation: Evaluation) => Outcome
  /** Whether the result depends on the type, rules, guard, or profile of the role, which a draft can replace. */
  ofContent?: true
}>

function checkPrincipalTime({ caller: { principal }, request }: Evaluation): Outcome {
  if (principal === undefined) return NOT_MADE
  return isWithin(principal, request) ? PASS : deny('principal-expired')
}

function checkCallerPolicy({ caller, request, compiled }: Evaluation): Outcome {
  const { principal } = caller
  if (principal === undefined && request.caller.kind === 'explained') return NOT_MADE
  const isAllowed = principal !== undefined && mayAssume(principal, compiled.role.id, request)
  return isAllowed ? PASS : deny('role-not-permitted')
}

/** Denies a user that is protected from the role. The body can name others: see {@link checkBody}. */
const checkProtection = ({ target, active }: Evaluation): Outcome =>
  isProtected(active, userOf(target)) ? deny('mailbox-protected') : PASS

const checkLock = ({ request, compiled: { role } }: Evaluation): Outcome =>
  passUnless(denialOfLock(role, request))

const checkRoleTime = ({ request, compiled: { role } }: Evaluation): Outcome =>
  passUnless(denialOfPeriod(role, request))

function checkAccessControl({ request, compiled, target, accessControl }: Evaluation): Outcome {
  const access = accessRequestOf(request, compiled.role, target)
  const { effect, matchedRules } = evaluateAccessControl(accessControl, access)
  if (effect === 'ALLOW') return PASS
  return { kind: 'deny', reason: 'access-control-denies', matched: { matchedRules } }
}

/** Returns the values that access control rules compare. */
export const accessRequestOf = (
  { purpose, sourceAddress }: AuthorizationRequest,
  role: ImpersonationRole,
  target: Target,
): AccessRequest => ({
  sourceAddress,
  action: purpose === 'AutoDiscover' ? 'AutoDiscover' : 'EWS',
  userId: userOf(target)?.id,
  roleId: role.id,
})

const checkOperation = ({ request }: Evaluation): Outcome =>
  operationOf(request.requestElement) === undefined ? deny('operation-unknown') : PASS

function checkRoleType({ request, compiled }: Evaluation): Outcome {
  const operation = operationOf(request.requestElement)
  return operation === undefined ? NOT_MADE : passUnless(denialOfType(compiled.role, operation))
}

/** Denies a request that names two different users, or none although its operation needs a mailbox. */
function checkTarget({ request, target }: Evaluation): Outcome {
  if (target.kind === 'conflict') return deny('impersonation-conflict')
  if (target.kind === 'user' || target.kind === 'unknown') return PASS
  const isNeutral = rowOf(request.requestElement).neutral === true
  return target.kind === 'neutral' && isNeutral ? PASS : deny('impersonation-missing')
}

function checkImpersonation({ compiled: { rules }, target }: Evaluation): Outcome {
  if (target.kind === 'conflict') return deny('impersonation-conflict')
  if (target.kind === 'none') return deny('impersonation-missing')
  if (target.kind === 'neutral') return rules.hasAllow ? PASS : deny('no-rule-allows')
  const reach = evaluateReach(rules, userOf(target))
  const { reason, matchedGroups } = reach
  const matchedRules = reach.matchedRules.map(({ id }) => id)
  const matched = matchedGroups === undefined ? { matchedRules } : { matchedRules, matchedGroups }
  return reason === undefined ? { kind: 'pass', matched } : { kind: 'deny', reason, matched }
}

/**
 * Denies both users if the upstream assigns one mailbox to two users, because rules apply to users, but the
 * upstream opens mailboxes.
 */
function checkSharedMailbox({ target, lookup }: Evaluation): Outcome {
  const user = userOf(target)
  if (user === undefined) return NOT_MADE
  const entry = lookup.find('shared-mailbox', user)
  return entry === undefined || entry.value === false ? PASS : deny('foreign-mailbox')
}

const ALL = ['EWS', 'AutoDiscover', 'token'] as const
const REQUESTS = ['EWS', 'AutoDiscover'] as const
const EWS = ['EWS'] as const

const ROWS = {
  PrincipalTime: { purposes: ALL, evaluate: checkPrincipalTime },
  CallerPolicy: { purposes: ALL, evaluate: checkCallerPolicy },
  Protection: { purposes: REQUESTS, evaluate: checkProtection },
  Lock: { purposes: ALL, evaluate: checkLock },
  RoleTime: { purposes: ALL, evaluate: checkRoleTime },
  AccessControl: { purposes: REQUESTS, evaluate: checkAccessControl },
  Operation: { purposes: EWS, evaluate: checkOperation },
  RoleType: { purposes: EWS, evaluate: checkRoleType, ofContent: true },
  Profile: { purposes: EWS, evaluate: checkProfile, ofContent: true },
  Target: { purposes: REQUESTS, evaluate: checkTarget },
  Impersonation: { purposes: REQUESTS, evaluate: checkImpersonation, ofContent: true },
  SharedMailbox: { purposes: EWS, evaluate: checkSharedMailbox },
  Body: { purposes: EWS, evaluate: checkBody, ofContent: true },
  FolderClasses: { purposes: EWS, evaluate: checkFolderClasses, ofContent: true },
} as const satisfies Readonly<Record<string, Row>>

export type CheckName = keyof typeof ROWS

/** In their order. There is at least one. */
export const CHECK_NAMES = Object.keys(ROWS) as [CheckName, ...CheckName[]]

export type Check = Row & Readonly<{ name: CheckName }>

const CHECKS: readonly Check[] = CHECK_NAMES.map(name => ({ name, ...ROWS[name] }))

const checksFor = (purpose: Purpose): readonly Check[] =>
  CHECKS.filter(({ purposes }) => purposes.includes(purpose))

/** The checks of each purpose, in their order. */
export const CHECKS_OF: Readonly<Record<Purpose, readonly Check[]>> = {
  EWS: checksFor('EWS'),
  AutoDiscover: checksFor('AutoDiscover'),
  token: checksFor('token'),
}

/** The checks of each purpose whose results can differ between a role and its draft, in their order. */
export const CHECKS_OF_CONTENT: Readonly<Record<Purpose, readonly Check[]>> = {
  EWS: CHECKS_OF.EWS.filter(({ ofContent }) => ofContent),
  AutoDiscover: CHECKS_OF.AutoDiscover.filter(({ ofContent }) => ofContent),
  token: [],
}
