/**
 * Signs people in to the console at an OpenID Connect issuer.
 *
 * The issuer sends the browser back to one URL, which always leads to the console's own address. So no link can lead
 * a person to another site.
 *
 * @module
 */

import {
  IssuerUnavailable,
  type SignInProblem,
  type SignInResult,
} from '../../credentials/credentials.ts'
import type { Verdict } from '../../telemetry/labels.ts'
import { recordNoAccess, recordSign } from '../call-recorder.ts'
import type { NextUrl, SignInOptions } from '../contract/session.ts'
import { ApiError } from '../errors.ts'
import type { ControlRequest, ServerContext } from '../request.ts'
import { type ControlResponse, responseOf } from '../wire.ts'
import { noCookie, readCookie, setCookie } from './cookie.ts'
import type { OwnAddress } from './own.ts'
import { requireSecure } from './session.ts'

/** Returns the ways to sign in. */
export async function showSignIn({ accessKeys, people }: ServerContext): Promise<ControlResponse> {
  const options: SignInOptions = {
    accessKeys,
    ...(people && { issuerName: people.issuerName }),
  }
  return responseOf(options)
}

/** Returns the URL of the issuer, and binds the sign-in to the browser with a cookie. @throws ApiError, Failure */
export async function beginSignIn(
  { people, signIn }: ServerContext,
  { signed, session, secureTransport: secure, headers }: ControlRequest,
  own: OwnAddress,
): Promise<ControlResponse> {
  if (people === undefined)
    throw new ApiError('AccessDeniedException', 'No issuer is configured. Use an access key')
  requireSecure(signed)
  own.requireConfigured(headers)
  try {
    const { url, cookie } = await people.begin({ session, secure, at: signed.at })
    const next: NextUrl = { url }
    return { ...responseOf(next), headers: { 'Set-Cookie': setCookie('signIn', cookie, secure) } }
  } catch (error) {
    if (error instanceof IssuerUnavailable) signIn('person', 'error')
    throw error
  }
}

/** Starts a session for the person that the issuer identifies. Leads to the console in any case. @throws ApiError, Failure */
export async function finishSignIn(
  server: ServerContext,
  request: ControlRequest,
): Promise<ControlResponse> {
  const { signed, secureTransport: secure } = request
  requireSecure(signed)
  const result = await resultOf(server, request)
  if (result.kind === 'failed') {
    const { problem, person } = result
    if (person) await recordNoAccess(server, request, person)
    server.signIn('person', VERDICTS[problem])
    return toConsole(`?sign-in=${problem}`, noCookie('signIn', secure))
  }
  const { principal, person, begin } = result
  await recordSign('In', server, request, { principal, person })
  const { cookie } = await begin()
  server.signIn('person', 'allow')
  return toConsole('', setCookie('session', cookie, secure), noCookie('signIn', secure))
}

const VERDICTS = {
  expired: 'deny',
  cancelled: 'deny',
  rejected: 'deny',
  'no-access': 'deny',
  unavailable: 'error',
} as const satisfies Record<SignInProblem, Verdict>

async function resultOf(
  { people }: ServerContext,
  { signed: { url, at }, secureTransport: secure, headers }: ControlRequest,
): Promise<SignInResult> {
  if (people === undefined) return { kind: 'failed', problem: 'expired' }
  const cookie = readCookie('signIn', headers.cookie, secure)
  const start = url.indexOf('?')
  const query = start < 0 ? '' : url.slice(start)
  try {
    return await people.finish({ cookie, query, secure, at })
  } catch (error) {
    if (error instanceof IssuerUnavailable) return { kind: 'failed', problem: 'unavailable' }
    throw error
  }
}

const toConsole = (query: string, ...cookies: readonly string[]): ControlResponse => ({
  status: 303,
  body: '',
  headers: { Location: `/console/${query}`, 'Set-Cookie': cookies },
})
