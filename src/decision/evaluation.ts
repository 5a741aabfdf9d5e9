/**
 * One evaluation: the request, and the data that all of its checks read.
 *
 * @module
 */

import type { AccessControlRule } from '../model/access-control.ts'
import { NO_PROTECTION, type Protection } from '../model/protection.ts'
import type { ImpersonationRole } from '../model/role.ts'
import { behaviorOf } from '../model/server-kind.ts'
import { type ActiveProtection, protectionFrom } from '../policy/protection.ts'
import { type CompiledRole, compileRole } from '../policy/rules.ts'
import { type Caller, findCaller } from './caller.ts'
import type { AuthorizationRequest, Target } from './decision.ts'
import type { Lookup } from './lookup.ts'
import { findTarget } from './target.ts'

/** The part of an evaluation that doesn't depend on the body or on whether the caller has a role. */
export type Basics = Readonly<{
  request: AuthorizationRequest
  caller: Caller
  target: Target
  protection: Protection
  accessControl: readonly AccessControlRule[]
  lookup: Lookup
}>

/** An evaluation of a request whose caller has a role. */
export type Evaluation = Basics &
  Readonly<{
    compiled: CompiledRole
    /** Users that are protected from the role; undefined if there are none. */
    active: ActiveProtection | undefined
  }>

/**
 * Looks up all data that the checks need independent of the body. Does so before the first check, so that all
 * missing data is loaded together.
 *
 * @returns undefined if something is missing
 */
export function findBasics(given: AuthorizationRequest, lookup: Lookup): Basics | undefined {
  const request = onItsServer(given)
  const caller = findCaller(request, lookup)
  const target = request.purpose === 'token' ? NO_TARGET : findTarget(request, lookup)
  const rules = request.purpose === 'token' ? NO_RULES : lookup.find('access-control', 'rules')
  const protection = request.purpose === 'token' ? NONE : lookup.find('protection', 'list')
  if (!caller || !target || !rules || !protection) return undefined
  return {
    request,
    caller,
    target,
    protection: protection.value ?? NO_PROTECTION,
    accessControl: rules.value ?? [],
    lookup,
  }
}

/** Returns the request with the facts that its body has on a server of this kind. */
function onItsServer(request: AuthorizationRequest): AuthorizationRequest {
  const { body, organization } = request
  if (body?.ifQuiet === undefined || !behaviorOf(organization.kind).updatesQuietly) return request
  return { ...request, body: { ...body, ...body.ifQuiet } }
}

const NO_TARGET: Target = { kind: 'none' }
const NO_RULES = { value: [] }
const NONE = { value: NO_PROTECTION }

export const evaluationFor = (basics: Basics, role: ImpersonationRole): Evaluation => ({
  ...basics,
  compiled: compileRole(role, basics.request),
  active: protectionFrom(role.id, basics.protection, basics.request),
})
