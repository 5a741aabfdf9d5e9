/**
 * Button that opens the issuer, and the reason why a person who comes back is not signed in.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { describeFailure } from '../api/failure.ts'
import { openIssuer, PROBLEM } from './session.ts'

/** Texts for the problems that the gateway reports in the address of the console. */
const PROBLEMS: Readonly<Record<string, string>> = {
  expired:
    'The sign-in took longer than ten minutes, or began in another browser or tab. Sign in again.',
  cancelled:
    'You cancelled the sign-in, or you may not sign in. Sign in again, or ask the administrator of your accounts.',
  rejected:
    "The response to the sign-in isn't valid. Sign in again. If the error continues, the log of the gateway says why.",
  unavailable:
    "The sign-in service doesn't respond. Try again in a moment. If the error continues, the log of the gateway says why.",
  'no-access':
    'You signed in, but your account has no access to this console. Ask an administrator of the gateway for a group that has access.',
}

export function IssuerSignIn({ name }: { name: string }) {
  const [problem, setProblem] = useState(
    () => PROBLEMS[new URLSearchParams(window.location.search).get(PROBLEM) ?? ''],
  )
  const [isBusy, setBusy] = useState(false)

  const open = async () => {
    setBusy(true)
    setProblem(undefined)
    try {
      await openIssuer()
    } catch (error) {
      setProblem(describeFailure(error))
      setBusy(false)
    }
  }

  return (
    <SpaceBetween size="l">
      {problem !== undefined && <Alert type="error">{problem}</Alert>}
      <Button variant="primary" fullWidth loading={isBusy} onClick={() => void open()}>
        Sign in with {name}
      </Button>
    </SpaceBetween>
  )
}
