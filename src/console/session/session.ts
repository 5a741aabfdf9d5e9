/**
 * The session: who is signed in, and which actions their policy allows.
 *
 * @module
 */

import { createContext, useContext } from 'react'
import type { Session } from '../../control/contract/session.ts'
import type { Input, Output, Permission, Target } from '../api/actions.ts'
import { callAction, contentOf, send } from '../api/call.ts'

const PATH = '/console/session'
/**
 * Key in the local storage that is set while this browser is signed in. Without it, the console doesn't ask the
 * gateway for a session.
 */
const HINT = 'ews-gateway-signed-in'

/** Returns the session of this browser, if there is one. */
export async function findSession(): Promise<Session | undefined> {
  if (localStorage.getItem(HINT) === null) return undefined
  const response = await send(PATH, { method: 'GET' })
  if (response.status !== 401) return await contentOf(response)
  localStorage.removeItem(HINT)
  return undefined
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

export async function signOut(): Promise<void> {
  localStorage.removeItem(HINT)
  await send(PATH, { method: 'DELETE' })
}

/** Session of the signed-in principal, with which pages call the API. */
export type ActiveSession = {
  session: Session
  /** Whether the policy allows an action. Pages don't offer actions that it doesn't allow. */
  may: (permission: Permission) => boolean
  /** @throws CallFailure */
  call: <T extends Target>(target: T, input: Input<T>, signal?: AbortSignal) => Promise<Output<T>>
  signOut: () => void
}

export const SessionContext = createContext<ActiveSession | undefined>(undefined)

export function useSession(): ActiveSession {
  const active = useContext(SessionContext)
  if (active === undefined) throw new Error('useSession() needs a SessionContext')
  return active
}

export function activeSession(session: Session, end: () => void): ActiveSession {
  const allowed = new Set(session.allowedActions)
  return {
    session,
    may: permission => allowed.has(permission),
    call: (target, input, signal) => callAction(target, session.organizationId, input, signal),
    signOut: end,
  }
}
