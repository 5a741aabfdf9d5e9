/**
 * Form that tests the saved access control rules.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Form from '@cloudscape-design/components/form'
import FormField from '@cloudscape-design/components/form-field'
import Grid from '@cloudscape-design/components/grid'
import Header from '@cloudscape-design/components/header'
import Input from '@cloudscape-design/components/input'
import SegmentedControl from '@cloudscape-design/components/segmented-control'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import { useState } from 'react'
import type { Input as InputOf, Output } from '../api/actions.ts'
import { useAction } from '../parts/action-state.ts'
import { PageLink } from '../parts/page-link.tsx'
import { useRoles } from '../parts/roles.ts'
import { Failed } from '../parts/states.tsx'
import { UserSuggest } from '../parts/user-suggest.tsx'
import { useSession } from '../session/session.ts'
import { ACTIONS } from './rule-form.ts'

type Result = Output<'WorkMailService.GetAccessControlEffect'>
type TestInput = {
  subject: 'USER' | 'ROLE'
  user: string
  role: string
  action: InputOf<'WorkMailService.GetAccessControlEffect'>['Action']
  address: string
}

const DEFAULT_INPUT: TestInput = {
  subject: 'USER',
  user: '',
  role: '',
  action: 'EWS',
  address: '127.0.0.1',
}

export function AccessTest() {
  const { call } = useSession()
  const { isBusy, error, run, reset } = useAction()
  const [input, setInput] = useState(DEFAULT_INPUT)
  const [result, setResult] = useState<Result>()
  const change = (part: Partial<TestInput>) => {
    setInput({ ...input, ...part })
    setResult(undefined)
    reset()
  }
  const test = () =>
    run(async () => {
      setResult(
        await call('WorkMailService.GetAccessControlEffect', {
          IpAddress: input.address.trim(),
          ...(input.subject === 'USER'
            ? { UserId: input.user.trim(), Action: input.action }
            : { ImpersonationRoleId: input.role, Action: 'EWS' }),
        }),
      )
    })
  return (
    <form
      onSubmit={event => {
        event.preventDefault()
        test()
      }}
    >
      <Container
        header={
          <Header
            variant="h2"
            description="Tests the saved access control rules. To test a request with the rules of a role too, open the page of the role."
          >
            Test rules
          </Header>
        }
      >
        <Form actions={<Button loading={isBusy}>Test rules</Button>}>
          <SpaceBetween size="l">
            <Fields input={input} change={change} />
            <div aria-live="polite">
              {error !== undefined && <Failed title="Cannot test the rules" error={error} />}
              {result && <Verdict result={result} />}
            </div>
          </SpaceBetween>
        </Form>
      </Container>
    </form>
  )
}

type FieldsProps = { input: TestInput; change: (part: Partial<TestInput>) => void }

function Fields({ input, change }: FieldsProps) {
  return (
    <SpaceBetween size="m">
      <SegmentedControl
        label="Test subject"
        selectedId={input.subject}
        options={[
          { id: 'USER', text: 'Impersonated user' },
          { id: 'ROLE', text: 'Impersonation role' },
        ]}
        onChange={({ detail }) => change({ subject: detail.selectedId as TestInput['subject'] })}
      />
      <Grid
        gridDefinition={[
          { colspan: { default: 12, s: 4 } },
          { colspan: { default: 12, s: 4 } },
          { colspan: { default: 12, s: 4 } },
        ]}
      >
        {input.subject === 'USER' ? (
          <FormField label="User">
            <UserSuggest value={input.user} onChange={user => change({ user })} label="User" />
          </FormField>
        ) : (
          <Role input={input} change={change} />
        )}
        <FormField label="Source address">
          <Input
            value={input.address}
            onChange={({ detail }) => change({ address: detail.value })}
          />
        </FormField>
        <FormField label="Action">
          <Select
            disabled={input.subject === 'ROLE'}
            selectedOption={{ value: input.subject === 'ROLE' ? 'EWS' : input.action }}
            options={ACTIONS.map(value => ({ value }))}
            onChange={({ detail }) =>
              change({
                action: ACTIONS.find(action => action === detail.selectedOption.value) ?? 'EWS',
              })
            }
          />
        </FormField>
      </Grid>
    </SpaceBetween>
  )
}

function Role({ input, change }: FieldsProps) {
  const { options } = useRoles()
  return (
    <FormField label="Role">
      <Select
        selectedOption={options.find(({ value }) => value === input.role) ?? null}
        options={options}
        filteringType="auto"
        placeholder="Choose a role"
        empty="No roles"
        onChange={({ detail }) => change({ role: detail.selectedOption.value ?? '' })}
      />
    </FormField>
  )
}

function Verdict({ result: { Effect, MatchedRules } }: { result: Result }) {
  return (
    <SpaceBetween size="xs">
      <StatusIndicator type={Effect === 'ALLOW' ? 'success' : 'error'}>
        {Effect === 'ALLOW' ? 'Allowed' : 'Denied'}
      </StatusIndicator>
      {MatchedRules.length === 0 ? (
        <Box>No rule matches. Without a matching Allow rule, access is denied.</Box>
      ) : (
        <Box>
          Matching rules:{' '}
          {MatchedRules.map((name, i) => (
            <span key={name}>
              {i > 0 && ', '}
              <PageLink path={`/access-control/rules/${name}`}>{name}</PageLink>
            </span>
          ))}
        </Box>
      )}
    </SpaceBetween>
  )
}
