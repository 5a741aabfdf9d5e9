/**
 * Shows the sign-in page, or the shell after the user signed in.
 *
 * @module
 */

import Modal from '@cloudscape-design/components/modal'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { Session } from '../control/contract/session.ts'
import { SESSION_OVER } from './api/call.ts'
import { FlashProvider } from './parts/flashes.tsx'
import { Failed, Loading } from './parts/states.tsx'
import {
  activeSession,
  findSession,
  isSignOut,
  SessionContext,
  signOut,
} from './session/session.ts'
import { SignIn, SignInPage } from './session/sign-in.tsx'
import { CrumbProvider } from './shell/crumb.tsx'
import { Shell } from './shell/shell.tsx'

type State =
  | { kind: 'loading' }
  | { kind: 'failed'; error: unknown }
  | { kind: 'signed-out'; notice?: string }
  /** If the session ended (`isOver`), the page keeps its content until the user signs in again. */
  | { kind: 'signed-in'; session: Session; isOver: boolean }

export function App() {
  const [state, setState] = useState<State>({ kind: 'loading' })
  const load = useCallback(() => {
    setState({ kind: 'loading' })
    findSession().then(
      session =>
        setState(session ? { kind: 'signed-in', session, isOver: false } : { kind: 'signed-out' }),
      (error: unknown) => setState({ kind: 'failed', error }),
    )
  }, [])
  const enter = (session: Session) => setState({ kind: 'signed-in', session, isOver: false })

  useEffect(load, [load])
  useEffect(() => {
    const over = () =>
      setState(present => (present.kind === 'signed-in' ? { ...present, isOver: true } : present))
    const ending = new AbortController()
    window.addEventListener(SESSION_OVER, over, ending)
    window.addEventListener('storage', event => isSignOut(event) && over(), ending)
    return () => ending.abort()
  }, [])

  if (state.kind === 'loading') return <Loading what="the console" />
  if (state.kind === 'failed') return <Failed error={state.error} onRetry={load} />
  if (state.kind === 'signed-out') return <SignInPage onSignedIn={enter} notice={state.notice} />
  return (
    <Authenticated
      session={state.session}
      isOver={state.isOver}
      onSignedIn={enter}
      onSignedOut={() => setState({ kind: 'signed-out', notice: "You're signed out." })}
    />
  )
}

type AuthenticatedProps = {
  session: Session
  isOver: boolean
  onSignedIn: (session: Session) => void
  onSignedOut: () => void
}

function Authenticated({ session, isOver, onSignedIn, onSignedOut }: AuthenticatedProps) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: onSignedOut does the same in each render
  const active = useMemo(
    () => activeSession(session, () => void signOut().finally(onSignedOut)),
    [session],
  )
  return (
    <SessionContext value={active}>
      <FlashProvider>
        <CrumbProvider>
          <Shell key={session.principalId} />
          <Modal
            visible={isOver}
            header="Your session has ended"
            onDismiss={onSignedOut}
            closeAriaLabel="Sign out"
          >
            {isOver && (
              <SignIn
                onSignedIn={onSignedIn}
                accessKeyId={session.accessKeyId}
                notice={
                  session.accessKeyId === undefined
                    ? 'Sign in again to continue. The page loads again, without changes that you did not save.'
                    : 'Sign in again to continue. Your changes on the page are kept.'
                }
              />
            )}
          </Modal>
        </CrumbProvider>
      </FlashProvider>
    </SessionContext>
  )
}
