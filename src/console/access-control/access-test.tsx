/**
 * The test of the access control rules, from the truth: as they are saved now.
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

type Answer = Output<'WorkMailService.GetAccessControlEffect'>
type Asked = {
  subject: 'USER' | 'ROLE'
  user: string
  role: string
  action: InputOf<'WorkMailService.GetAccessControlEffect'>['Action']
  address: string
}

const FIRST: Asked = { subject: 'USER', user: '', role: '', action: 'EWS', address: '127.0.0.1' }

export function AccessTest() {
  const { call } = useSession()
  const { isBusy, error, run, reset } = useAction()
  const [asked, setAsked] = useState(FIRST)
  const [answer, setAnswer] = useState<Answer>()
  const change = (part: Partial<Asked>) => {
    setAsked({ ...asked, ...part })
    setAnswer(undefined)
    reset()
  }
  const test = () =>
    run(async () => {
      setAnswer(
        await call('WorkMailService.GetAccessControlEffect', {
          IpAddress: asked.address.trim(),
          ...(asked.subject === 'USER'
            ? { UserId: asked.user.trim(), Action: asked.action }
            : { ImpersonationRoleId: asked.role, Action: 'EWS' }),
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
            description="Asks the rules as they are saved now. A whole request, role and all, is tested on the role’s page."
          >
            Test the rules
          </Header>
        }
      >
        <Form actions={<Button loading={isBusy}>Test</Button>}>
          <SpaceBetween size="l">
            <Fields asked={asked} change={change} />
            <div aria-live="polite">
              {error !== undefined && <Failed title="This could not be tested" error={error} />}
              {answer && <Verdict answer={answer} />}
            </div>
          </SpaceBetween>
        </Form>
      </Container>
    </form>
  )
}

type FieldsProps = { asked: Asked; change: (part: Partial<Asked>) => void }

function Fields({ asked, change }: FieldsProps) {
  return (
    <SpaceBetween size="m">
      <SegmentedControl
        label="TestInput for"
        selectedId={asked.subject}
        options={[
          { id: 'USER', text: 'A user' },
          { id: 'ROLE', text: 'A role' },
        ]}
        onChange={({ detail }) => change({ subject: detail.selectedId as Asked['subject'] })}
      />
      <Grid
        gridDefinition={[
          { colspan: { default: 12, s: 4 } },
          { colspan: { default: 12, s: 4 } },
          { colspan: { default: 12, s: 4 } },
        ]}
      >
        {asked.subject === 'USER' ? (
          <FormField label="User">
            <UserSuggest value={asked.user} onChange={user => change({ user })} label="User" />
          </FormField>
        ) : (
          <Role asked={asked} change={change} />
        )}
        <FormField label="Source address">
          <Input
            value={asked.address}
            onChange={({ detail }) => change({ address: detail.value })}
          />
        </FormField>
        <FormField label="By">
          <Select
            disabled={asked.subject === 'ROLE'}
            selectedOption={{ value: asked.subject === 'ROLE' ? 'EWS' : asked.action }}
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

function Role({ asked, change }: FieldsProps) {
  const { options } = useRoles()
  return (
    <FormField label="Role">
      <Select
        selectedOption={options.find(({ value }) => value === asked.role) ?? null}
        options={options}
        filteringType="auto"
        placeholder="Choose a role"
        empty="There are no roles"
        onChange={({ detail }) => change({ role: detail.selectedOption.value ?? '' })}
      />
    </FormField>
  )
}

function Verdict({ answer: { Effect, MatchedRules } }: { answer: Answer }) {
  return (
    <SpaceBetween size="xs">
      <StatusIndicator type={Effect === 'ALLOW' ? 'success' : 'error'}>
        {Effect === 'ALLOW' ? 'Let in' : 'Kept out'}
      </StatusIndicator>
      {MatchedRules.length === 0 ? (
        <Box>No rule matches, and what no rule allows is denied.</Box>
      ) : (
        <Box>
          Because of{' '}
          {MatchedRules.map((name, i) => (
            <span key={name}>
              {i > 0 && ', '}
              <PageLink path={`/access-control/rules/${name}`}>{name}</PageLink>
            </span>
          ))}
          .
        </Box>
      )}
    </SpaceBetween>
  )
}
