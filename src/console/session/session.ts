/**
 * Who is signed in, and what they may do.
 *
 * @module
 */

import { createContext, useContext } from 'react'
import type { Session } from '../../control/contract/session.ts'
import type { Input, Output, Permission, Target } from '../api/actions.ts'
import { callAction, contentOf, send } from '../api/call.ts'

const PATH = '/console/session'
/** Set while this browser is signed in, so that a first visit asks the gateway for nothing. */
const HINT = 'ews-gateway-signed-in'

/** @returns the session that this browser has already, if any */
export async function findSession(): Promise<Session | undefined> {
  if (localStorage.getItem(HINT) === null) return undefined
  const answer = await send(PATH, { method: 'GET' })
  if (answer.status !== 401) return await contentOf(answer)
  localStorage.removeItem(HINT)
  return undefined
}

/** @throws CallFailure where id or secret are wrong */
export async function signIn(accessKeyId: string, secretAccessKey: string): Promise<Session> {
  const answer = await send(PATH, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ accessKeyId, secretAccessKey }),
  })
  const session = await contentOf<Session>(answer)
  localStorage.setItem(HINT, 'yes')
  return session
}

export async function signOut(): Promise<void> {
  localStorage.removeItem(HINT)
  await send(PATH, { method: 'DELETE' })
}

/** What pages know of the session, and how they call the API in it. */
export type ActiveSession = {
  session: Session
  /** Whether the policy allows it now: what it does not is not offered. */
  may: (permission: Permission) => boolean
  /** @throws CallFailure */
  call: <T extends Target>(target: T, input: Input<T>, signal?: AbortSignal) => Promise<Output<T>>
  signOut: () => void
}

export const SessionContext = createContext<ActiveSession | undefined>(undefined)

export function useSession(): ActiveSession {
  const signed = useContext(SessionContext)
  if (signed === undefined) throw new Error('There is no session here')
  return signed
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
