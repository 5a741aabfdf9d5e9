/**
 * The session: who is signed in, and which actions their policy allows.
 *
 * @module
 */

import { createContext, useContext } from 'react'
import type { NextUrl, Session, SignInOptions } from '../../control/contract/session.ts'
import type { Input, Output, Permission, Target } from '../api/actions.ts'
import { callAction, contentOf, send } from '../api/call.ts'
import { go, readLocation } from '../routing/router.ts'

const PATH = '/console/session'
/**
 * Key in the local storage that is set while this browser is signed in. Without it, the console doesn't ask the
 * gateway for a session.
 */
const HINT = 'ews-gateway-signed-in'
const SIGN_IN_PATH = '/console/sign-in'
/** Key in the storage of the tab with the page to show after a sign-in at the issuer. */
const RETURN = 'ews-gateway-return'
/** Parameter of the console's address that says why a sign-in at the issuer failed. */
export const PROBLEM = 'sign-in'

/** Returns the session of this browser, if there is one. */
export async function findSession(): Promise<Session | undefined> {
  if (localStorage.getItem(HINT) === null) return undefined
  const response = await send(PATH, { method: 'GET' })
  if (response.status === 401) {
    localStorage.removeItem(HINT)
    return undefined
  }
  const session = await contentOf<Session>(response)
  const page = sessionStorage.getItem(RETURN)
  sessionStorage.removeItem(RETURN)
  if (page !== null) go(page, { replace: true })
  return session
}

/** Returns the ways to sign in. @throws CallFailure */
export async function findSignInOptions(): Promise<SignInOptions> {
  return await contentOf(await send(SIGN_IN_PATH, { method: 'GET' }))
}

/** Opens the page of the issuer. It leads back to the present page. @throws CallFailure */
export async function openIssuer(): Promise<void> {
  const { path, search } = readLocation()
  const response = await send(SIGN_IN_PATH, { method: 'POST' })
  const { url } = await contentOf<NextUrl>(response)
  if (!new URLSearchParams(search).has(PROBLEM)) sessionStorage.setItem(RETURN, path + search)
  localStorage.setItem(HINT, 'yes')
  window.location.assign(url)
}

/** @throws CallFailure if the ID or the secret is wrong */
export async function signIn(accessKeyId: string, secretAccessKey: string): Promise<Session> {
  const response = await send(PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ accessKeyId, secretAccessKey }),
  })
  const session = await contentOf<Session>(response)
  localStorage.setItem(HINT, 'yes')
  return session
}

/** Whether another tab of this browser has signed out. */
export const isSignOut = ({ key, newValue }: StorageEvent): boolean =>
  key === HINT && newValue === null

/** Ends the session. Opens the page of the issuer that signs a person out there. */
export async function signOut(): Promise<void> {
  localStorage.removeItem(HINT)
  const response = await send(PATH, { method: 'DELETE' })
  if (response.status === 200) window.location.assign((await contentOf<NextUrl>(response)).url)
}

/** Session of the signed-in principal, with which pages call the API. */
export type ActiveSession = {
  session: Session
  /** Whether the policy allows an action. Pages don't offer actions that it doesn't allow. */
  may: (permission: Permission) => boolean
  /** @throws CallFailure */
  call: <T extends Target>(target: T, input: Input<T>, signal?: AbortSignal) => Promise<Output<T>>
  /**
   * Names of users and groups by ID, as far as pages have shown them, and a promise for each ID that is being read. They end
   * with the session, because the next principal may not be allowed to read them.
   */
  names: Map<string, string | Promise<void>>
  signOut: () => void
}

export const SessionContext = createContext<ActiveSession | undefined>(undefined)

export function useSession(): ActiveSession {
  const active = useContext(SessionContext)
  if (active === undefined) throw new Error('useSession() needs a SessionContext')
  return active
}

export function activeSession(session: Session, end: () => void): ActiveSession {
  const allowed = new Set([...session.allowedActions, ...session.allowedParts])
  return {
    session,
    may: permission => allowed.has(permission),
    call: (target, input, signal) => callAction(target, session.organizationId, input, signal),
    names: new Map(),
    signOut: end,
  }
}
