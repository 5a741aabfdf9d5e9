/**
 * Sign-in page and form: for a person at the issuer, and for an access key and its secret.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Form from '@cloudscape-design/components/form'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type FormEvent, useEffect, useState } from 'react'
import type { Session, SignInOptions } from '../../control/contract/session.ts'
import { CallFailure, describeFailure } from '../api/failure.ts'
import { Loading } from '../parts/states.tsx'
import { findSignInOptions, openIssuer, PROBLEM, signIn } from './session.ts'

type Props = {
  onSignedIn: (session: Session) => void
  /** Message above the form, such as the reason to sign in again. */
  notice?: string
  /** Access key of the session to continue. */
  accessKeyId?: string
}

/** Returns the ways to sign in; undefined while they are loading. If they can't be loaded, offers access keys. */
function useSignInOptions(): SignInOptions | undefined {
  const [options, setOptions] = useState<SignInOptions>()
  useEffect(() => {
    findSignInOptions().then(setOptions, () => setOptions({ accessKeys: true }))
  }, [])
  return options
}

/** Ways to sign in without the page around them, also for the dialog that continues a session. */
export function SignIn(props: Props) {
  return <Ways {...props} options={useSignInOptions()} />
}

function Ways({ options, notice, ...props }: Props & { options: SignInOptions | undefined }) {
  if (options === undefined) return <Loading what="the sign-in" />
  const { accessKeys, issuerName } = options
  return (
    <SpaceBetween size="l">
      {notice !== undefined && <Alert type="info">{notice}</Alert>}
      {issuerName !== undefined && <IssuerButton name={issuerName} />}
      {accessKeys && <AccessKeyForm {...props} isSecond={issuerName !== undefined} />}
    </SpaceBetween>
  )
}

/** Button that opens the issuer. Says why a person who comes back from there is not signed in. */
function IssuerButton({ name }: { name: string }) {
  const [problem, setProblem] = useState<string>()
  const [isBusy, setBusy] = useState(false)
  useEffect(() => {
    const reported = new URLSearchParams(window.location.search).get(PROBLEM)
    if (reported === null) return
    void import('./issuer-problems.ts').then(({ textOfProblem }) =>
      setProblem(textOfProblem(reported)),
    )
  }, [])

  const open = () => {
    setBusy(true)
    openIssuer().catch((error: unknown) => {
      setProblem(describeFailure(error))
      setBusy(false)
    })
  }

  return (
    <SpaceBetween size="l">
      {problem !== undefined && <Alert type="error">{problem}</Alert>}
      <Button variant="primary" fullWidth loading={isBusy} onClick={open}>
        Sign in with {name}
      </Button>
    </SpaceBetween>
  )
}

type FormProps = Omit<Props, 'notice'> & { isSecond: boolean }

function AccessKeyForm({ onSignedIn, accessKeyId = '', isSecond }: FormProps) {
  const [id, setId] = useState(accessKeyId)
  const [secret, setSecret] = useState('')
  const [problem, setProblem] = useState<string>()
  const [isBusy, setBusy] = useState(false)

  const submit = async (event: FormEvent) => {
    event.preventDefault()
    if (id.trim() === '' || secret === '') {
      setProblem('Enter an access key ID and a secret access key.')
      return
    }
    setBusy(true)
    setProblem(undefined)
    try {
      onSignedIn(await signIn(id.trim(), secret.trim()))
    } catch (error) {
      setProblem(problemOf(error))
      setSecret('')
    } finally {
      setBusy(false)
    }
  }

  return (
    <form onSubmit={event => void submit(event)}>
      <Form
        actions={
          <Button variant={isSecond ? 'normal' : 'primary'} loading={isBusy} formAction="submit">
            {isSecond ? 'Sign in with access key' : 'Sign in'}
          </Button>
        }
      >
        <SpaceBetween size="l">
          {problem !== undefined && <Alert type="error">{problem}</Alert>}
          <FormField label="Access key ID">
            <Input
              value={id}
              onChange={({ detail }) => setId(detail.value)}
              autoComplete="username"
              spellcheck={false}
              placeholder="AKIA…"
              autoFocus={accessKeyId === '' && !isSecond}
            />
          </FormField>
          <FormField label="Secret access key">
            <Input
              value={secret}
              onChange={({ detail }) => setSecret(detail.value)}
              type="password"
              autoComplete="current-password"
              autoFocus={accessKeyId !== ''}
            />
          </FormField>
        </SpaceBetween>
      </Form>
    </form>
  )
}

export function SignInPage({ onSignedIn, notice }: Props) {
  const options = useSignInOptions()
  return (
    <main className="sign-in">
      <SpaceBetween size="l">
        <Box textAlign="center">
          <img
            src={new URL('../favicon.svg', import.meta.url).href}
            width="48"
            height="48"
            alt=""
          />
          <Box variant="h1" fontSize="heading-xl">
            EWS gateway
          </Box>
          <Box color="text-body-secondary">Access control for EWS impersonation</Box>
        </Box>
        <Container header={<Header variant="h2">Sign in</Header>}>
          <Ways
            options={options}
            onSignedIn={onSignedIn}
            {...(notice !== undefined && { notice })}
          />
        </Container>
        {options?.accessKeys && (
          <Box color="text-body-secondary" fontSize="body-s">
            Use an access key of the control API. To create one for an administrator, run{' '}
            <Box variant="code" display="inline">
              ews-gateway admin create-key --organization ALIAS --name NAME --config FILE
            </Box>{' '}
            on the gateway's host. The demo prints the key of its administrator.
          </Box>
        )}
      </SpaceBetween>
    </main>
  )
}

const problemOf = (error: unknown): string =>
  error instanceof CallFailure && error.type === 'UnrecognizedClientException'
    ? 'The access key ID or the secret access key is wrong, the key is disabled or expired, or its principal is disabled. Check both values and try again.'
    : describeFailure(error)
