/**
 * ActiveSession in or not: the shell, or the page to sign in.
 *
 * @module
 */

import Modal from '@cloudscape-design/components/modal'
import { useCallback, useEffect, useMemo, useState } from 'react'
import type { Session } from '../control/contract/session.ts'
import { SESSION_OVER } from './api/call.ts'
import { FlashProvider } from './parts/flashes.tsx'
import { Failed, Loading } from './parts/states.tsx'
import { activeSession, findSession, SessionContext, signOut } from './session/session.ts'
import { SignInForm, SignInPage } from './session/sign-in.tsx'
import { CrumbProvider } from './shell/crumb.tsx'
import { Shell } from './shell/shell.tsx'

type State =
  | { kind: 'looking' }
  | { kind: 'failed'; error: unknown }
  | { kind: 'out'; notice?: string }
  /** What is on the page stays there while an ended session is continued. */
  | { kind: 'in'; session: Session; isOver: boolean }

export function App() {
  const [state, setState] = useState<State>({ kind: 'looking' })
  const look = useCallback(() => {
    setState({ kind: 'looking' })
    findSession().then(
      session => setState(session ? { kind: 'in', session, isOver: false } : { kind: 'out' }),
      (error: unknown) => setState({ kind: 'failed', error }),
    )
  }, [])
  const enter = (session: Session) => setState({ kind: 'in', session, isOver: false })

  useEffect(look, [look])
  useEffect(() => {
    const over = () =>
      setState(present => (present.kind === 'in' ? { ...present, isOver: true } : present))
    window.addEventListener(SESSION_OVER, over)
    return () => window.removeEventListener(SESSION_OVER, over)
  }, [])

  if (state.kind === 'looking') return <Loading what="the console" />
  if (state.kind === 'failed') return <Failed error={state.error} onRetry={look} />
  if (state.kind === 'out') return <SignInPage onSignedIn={enter} notice={state.notice} />
  return (
    <Inside
      session={state.session}
      isOver={state.isOver}
      onSignedIn={enter}
      onSignedOut={() => setState({ kind: 'out', notice: 'You are signed out.' })}
    />
  )
}

type InsideProps = {
  session: Session
  isOver: boolean
  onSignedIn: (session: Session) => void
  onSignedOut: () => void
}

function Inside({ session, isOver, onSignedIn, onSignedOut }: InsideProps) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: it does the same at every time
  const signed = useMemo(
    () => activeSession(session, () => void signOut().finally(onSignedOut)),
    [session],
  )
  return (
    <SessionContext value={signed}>
      <FlashProvider>
        <CrumbProvider>
          <Shell key={session.principalId} />
          <Modal
            visible={isOver}
            header="Your session has ended"
            onDismiss={onSignedOut}
            closeAriaLabel="Sign out"
          >
            <SignInForm
              onSignedIn={onSignedIn}
              accessKeyId={session.accessKeyId}
              notice="Nothing on the page is lost: sign in again to go on."
            />
          </Modal>
        </CrumbProvider>
      </FlashProvider>
    </SessionContext>
  )
}
