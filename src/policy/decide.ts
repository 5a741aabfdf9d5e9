/**
 * The decision: whether a role lets a request through, and which check ended it.
 *
 * First refusal wins, in this order: the role is not locked, the access control rules allow access,
 * the operation is listed, the role's type and guard allow it, the impersonation rules allow the user;
 * then the conditions on the body hold, which are in guard.ts.
 *
 * @module
 */

import {
  DIRECTORY_LOOKUPS,
  EXTRA_READS,
  NEUTRAL_OPERATIONS,
  OPERATIONS,
  type OperationName,
  operationOf,
} from '../ews/operations.ts'
import type { AccessControlAction, AccessControlRule } from '../model/access-control.ts'
import type { Decision, Matched, Reason } from '../model/decision.ts'
import type { Person, UserId } from '../model/identity.ts'
import type { ImpersonationRole, RoleGuard, RoleLock } from '../model/role.ts'
import { evaluateAccessControl } from './access-control.ts'
import { type CompiledRules, evaluateRules } from './rules.ts'

/**
 * As whom a request acts: a user, somebody unknown, two different people at once, the neutral
 * mailbox, or nobody at all.
 */
export type Target =
  | Readonly<{ kind: 'user' } & Person>
  | Readonly<{ kind: 'unknown' }>
  | Readonly<{ kind: 'conflict' }>
  | Readonly<{ kind: 'neutral' }>
  | Readonly<{ kind: 'nobody' }>

/** Whom a request names, in whatever way. */
export type NamedTarget = Exclude<Target, { kind: 'neutral' } | { kind: 'nobody' }>

/** A role with its rules made ready. */
export type CompiledRole = Readonly<{ role: ImpersonationRole; rules: CompiledRules }>

/** From where and when a request comes, and the organization's rules on that. */
export type Circumstances = Readonly<{
  sourceAddress: string
  /** Milliseconds since the epoch. */
  at: number
  accessControl: readonly AccessControlRule[]
}>

const deny = (reason: Reason, matched: Matched = { matchedRules: [] }): Decision => ({
  verdict: 'deny',
  reason,
  ...matched,
})

/**
 * Decides from what stands before the operation: whom, and which operation.
 *
 * @param requestElement - local name of the operation element
 */
export function decide(
  { role, rules }: CompiledRole,
  requestElement: string,
  target: Target,
  circumstances: Circumstances,
): Decision {
  const user = target.kind === 'user' ? target.id : undefined
  const shut = refusalOfAccess(role, 'EWS', user, circumstances)
  if (shut !== undefined) return shut

  const operation = operationOf(requestElement)
  if (operation === undefined) return deny('operation-unknown')
  const refusal = refusalOfType(role, operation)
  if (refusal !== undefined) return deny(refusal)
  if (isNamed(target)) return decideNamed(rules, target)
  if (target.kind === 'nobody' || !NEUTRAL_OPERATIONS.has(operation))
    return deny('impersonation-missing')
  return rules.hasAllow ? { verdict: 'allow', matchedRules: [] } : deny('no-rule-allows')
}

/** Whether a lock holds at a time. */
export const isLocked = (lock: RoleLock | undefined, at: number): boolean =>
  lock !== undefined && (lock.expiresAt === undefined || at < lock.expiresAt)

const isNamed = (target: Target): target is NamedTarget =>
  target.kind !== 'neutral' && target.kind !== 'nobody'

/** What stands before operation and user: the role's lock, and access control. */
function refusalOfAccess(
  role: ImpersonationRole,
  action: AccessControlAction,
  userId: UserId | undefined,
  { sourceAddress, at, accessControl }: Circumstances,
): Decision | undefined {
  if (isLocked(role.lock, at)) return deny('role-locked')
  const { effect, matchedRules } = evaluateAccessControl(accessControl, {
    sourceAddress,
    action,
    userId,
    roleId: role.id,
  })
  return effect === 'DENY' ? deny('access-control-denies', { matchedRules }) : undefined
}

/** Two people are refused where an unknown one is, for nobody is both. */
function decideNamed(rules: CompiledRules, target: NamedTarget): Decision {
  if (target.kind === 'conflict') return deny('impersonation-conflict')
  const user = target.kind === 'user' ? target : undefined
  const { effect, matchedRules, ...groups } = evaluateRules(rules, user)
  const matched = { matchedRules: matchedRules.map(({ id }) => id), ...groups }
  if (effect === 'ALLOW') return { verdict: 'allow', ...matched }
  if (user === undefined) return deny('unknown-user', matched)
  return deny(matchedRules.length > 0 ? 'rule-denies' : 'no-rule-allows', matched)
}

function refusalOfType(role: ImpersonationRole, operation: OperationName): Reason | undefined {
  if (DIRECTORY_LOOKUPS.has(operation) && !role.guard.directoryLookups) return 'operation-refused'
  if (mayRead(role, operation)) return undefined
  if (!mayChange(role.guard, operation)) return 'operation-refused'
  return role.type === 'FULL_ACCESS' ? undefined : 'role-is-read-only'
}

/** What every role may. */
function mayRead({ guard }: ImpersonationRole, operation: OperationName): boolean {
  if (!OPERATIONS[operation].readOnlyAllowed) return false
  return !EXTRA_READS.has(operation) || guard.extraReads.includes(operation)
}

/** Returns whether FULL_ACCESS allows an operation that is no read of every role. */
function mayChange(guard: RoleGuard, operation: OperationName): boolean {
  const { class: of, wsdl, needs } = OPERATIONS[operation]
  if (!wsdl) return false
  if (needs !== undefined) return guard[needs]
  return of === 'read' || of === 'session' || of === 'write' || of === 'send'
}
