/**
 * Signs a browser in to the console and out of it.
 *
 * @module
 */

import { z } from 'zod'
import {
  IssuerUnavailable,
  type SessionCaller,
  type SignedHead,
} from '../../credentials/credentials.ts'
import { PART_PERMISSIONS } from '../../model/permissions.ts'
import { Secret } from '../../model/secret.ts'
import { evaluateNow } from '../../policy/iam.ts'
import { ACTIONS } from '../actions.ts'
import { recordSign, recordWrongCredentials } from '../call-recorder.ts'
import type { NextUrl, Session } from '../contract/session.ts'
import { isSynchronized, notSignedIn, organizationNotFound } from '../dispatch.ts'
import { ApiError } from '../errors.ts'
import { invalid, mustBe, problemsOf } from '../problems.ts'
import type { Caller, ControlRequest, ServerContext } from '../request.ts'
import { structure } from '../shapes.ts'
import { type ControlResponse, readInput, responseOf } from '../wire.ts'
import { noCookie, setCookie } from './cookie.ts'

const TEXT = mustBe('text of at most 1,000 characters')
const line = z.string(TEXT).max(1_000, TEXT)
const typed = structure({
  accessKeyId: line,
  secretAccessKey: line.transform(secret => new Secret(secret)),
})

/**
 * Starts a session with the access key in the body, and ends the previous session of the browser.
 *
 * @throws ApiError, Failure
 */
export async function signIn(
  server: ServerContext,
  request: ControlRequest,
): Promise<ControlResponse> {
  const { signed, secureTransport: secure } = request
  const { at, latest, sourceAddress } = signed
  requireSecure(signed)
  if (!server.accessKeys)
    throw new ApiError(
      'AccessDeniedException',
      "Access keys can't sign in to this console. Sign in at the issuer",
    )
  const kind = server.people ? 'break-glass' : 'access-key'
  const parsed = typed.safeParse(readInput(request.contentType, signed.body))
  if (!parsed.success) throw invalid(...problemsOf(parsed.error))

  const verification = await server.verifier.verifySecret({
    ...parsed.data,
    sourceAddress,
    at,
    latest,
  })
  if (verification.kind === 'refused') {
    if (verification.record) await recordWrongCredentials(server, request, verification.record)
    server.signIn(kind, 'deny')
    const { problem, message } = verification
    return { status: 401, body: JSON.stringify({ __type: problem, Message: message }) }
  }
  const { principal, key } = verification
  await recordSign(
    'In',
    server,
    request,
    { principal, key },
    { ...(server.people && { breakGlass: true }) },
  )
  await endPresented(server, request)
  const { cookie, expiresAt } = await server.sessions.begin({ principal, key }, secure, at)
  server.signIn(kind, 'allow')
  if (server.people)
    server.log.warn(
      { principalId: principal.id, name: principal.name, accessKeyId: key.id, sourceAddress },
      'An access key signed in to the console, although people sign in at an issuer',
    )
  const shown = shownOf(server, { principal, key, expiresAt }, request)
  // A sign-in at the issuer that has begun replaces another session than this one.
  const cookies = [setCookie('session', cookie, secure), noCookie('signIn', secure)]
  return { ...responseOf(shown), headers: { 'Set-Cookie': cookies } }
}

/** @throws ApiError if the request came over an unencrypted connection from another machine */
export function requireSecure({ secure }: Pick<SignedHead, 'secure'>): void {
  if (secure) return
  throw new ApiError(
    'AccessDeniedException',
    'The gateway accepts secrets only over TLS or from its own machine. Open the console with https',
  )
}

/** Returns the session. Does not extend it. @throws ApiError, Failure */
export async function showSession(
  server: ServerContext,
  request: ControlRequest,
): Promise<ControlResponse> {
  const caller = await callerOf(server, request)
  if (caller === undefined) throw notSignedIn()
  return responseOf(shownOf(server, caller, request))
}

/**
 * Ends the session on every gateway. Returns a URL if the person can sign out at the issuer too.
 *
 * @throws Failure
 */
export async function signOut(
  server: ServerContext,
  request: ControlRequest,
): Promise<ControlResponse> {
  const { session: cookie, secureTransport: secure } = request
  const headers = { 'Set-Cookie': noCookie('session', secure) }
  const url = cookie && (await available(server.people?.signOutUrl({ cookie, secure })))
  const caller = await available(callerOf(server, request))
  if (caller !== undefined) await recordSign('Out', server, request, caller)
  await endPresented(server, request)
  if (!url) return { status: 204, body: '', headers }
  const next: NextUrl = { url }
  return { ...responseOf(next), headers }
}

/** Waits for a result that a sign-out can do without, if the issuer doesn't respond. */
async function available<T>(result: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await result
  } catch (error) {
    if (error instanceof IssuerUnavailable) return undefined
    throw error
  }
}

async function callerOf(
  { sessions }: ServerContext,
  { session: cookie, secureTransport: secure, signed: { at, latest } }: ControlRequest,
): Promise<SessionCaller | undefined> {
  return cookie === undefined
    ? undefined
    : await sessions.verify({ cookie, secure, at, latest, active: false })
}

/** Ends the session that the browser presents, if it has one. @throws Failure */
async function endPresented(
  { sessions }: ServerContext,
  { session: cookie, secureTransport: secure }: ControlRequest,
): Promise<void> {
  if (cookie !== undefined) await sessions.end({ cookie, secure })
}

/** @throws ApiError if the organization is no longer in the configuration */
function shownOf(server: ServerContext, caller: SessionCaller, request: ControlRequest): Session {
  const { principal, key, person, expiresAt } = caller
  const organization = server.ports.organizations.get(principal.organizationId)
  if (organization === undefined) throw organizationNotFound(principal.organizationId)
  return {
    principalId: principal.id,
    principalName: principal.name,
    ...(key && { accessKeyId: key.id }),
    ...(person && server.people && { issuerName: server.people.issuerName }),
    ...(key && server.people && { breakGlass: true }),
    organizationId: organization.id,
    organizationAlias: organization.alias,
    ...allowed(server, caller, request),
    expiresAt: Math.floor(expiresAt / 1_000),
  }
}

/**
 * Returns the permissions that the policy allows at this time from this address. Omits changes of users and groups
 * if these come from a directory. The console only uses the result to decide which controls to show. The API checks
 * each call by itself.
 */
function allowed(
  { ports }: ServerContext,
  { principal: { policy, organizationId } }: Caller,
  { signed: { sourceAddress, at, latest }, secureTransport }: ControlRequest,
): Pick<Session, 'allowedActions' | 'allowedParts'> {
  const circumstances = { organizationId, sourceIp: sourceAddress, secureTransport }
  const isAllowed = (action: string) =>
    evaluateNow(policy, { ...circumstances, action }, { at, latest }) === 'Allow'
  const actions = [...ACTIONS.values()]
    .filter(action => !isSynchronized(ports, organizationId, action))
    .map(({ permission }) => permission)
  return {
    allowedActions: actions.filter(isAllowed),
    allowedParts: PART_PERMISSIONS.filter(isAllowed),
  }
}
