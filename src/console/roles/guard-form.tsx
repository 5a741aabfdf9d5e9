/**
 * Fields of the guard of a role.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import FormField from '@cloudscape-design/components/form-field'
import Multiselect from '@cloudscape-design/components/multiselect'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Toggle from '@cloudscape-design/components/toggle'
import type { Guard, RoleType } from '../api/roles.ts'
import { EXTRA_READS, extraReadText } from './extra-reads.ts'

export const MAILBOXES = [
  {
    value: 'own',
    label: "The impersonated user's own mailbox",
    description: 'Requests can open no mailboxes or folders that others shared with the user.',
  },
  {
    value: 'permitted',
    label: 'Mailboxes of all users that the role can impersonate',
    description: 'Requests can open what these users shared with the impersonated user.',
  },
  {
    value: 'any',
    label: 'All mailboxes that the impersonated user can open',
    description: 'Includes mailboxes that the rules of this role deny, as in Amazon WorkMail.',
  },
] as const

export const SENDERS = [
  {
    value: 'own',
    label: 'The impersonated user',
    description: 'Suitable for most tools.',
  },
  {
    value: 'permitted',
    label: 'All users that the role can impersonate',
    description: 'For shared mailboxes and assistants, if the server allows it.',
  },
  {
    value: 'server',
    label: 'All senders that the server allows',
    description: 'Only for a server that checks the sender itself, such as Exchange Server.',
  },
] as const

type Switch = 'DirectoryLookups' | 'Sending' | 'Delegation' | 'InboxRules'
export const SWITCHES: readonly { name: Switch; text: string; fullOnly: boolean }[] = [
  {
    name: 'DirectoryLookups',
    text: "Look up people in the server's address book",
    fullOnly: false,
  },
  { name: 'Sending', text: 'Send mail, invitations, and automatic replies', fullOnly: true },
  { name: 'Delegation', text: 'Grant others access to folders and mailboxes', fullOnly: true },
  { name: 'InboxRules', text: 'Create and change inbox rules', fullOnly: true },
]

type Props = { guard: Guard; type: RoleType; onChange: (guard: Guard) => void }

export function GuardForm({ guard, type, onChange }: Props) {
  const isFull = type === 'FULL_ACCESS'
  return (
    <ExpandableSection
      variant="container"
      headerText="Guard"
      headerDescription="Limits what requests in this role can open and do. The strict settings are suitable for most tools."
      defaultExpanded={guard.Mailboxes !== 'own'}
    >
      <SpaceBetween size="l">
        <FormField label="Accessible mailboxes">
          <RadioGroup
            value={guard.Mailboxes}
            items={[...MAILBOXES]}
            onChange={({ detail }) =>
              onChange({ ...guard, Mailboxes: detail.value as Guard['Mailboxes'] })
            }
          />
        </FormField>
        {guard.Mailboxes === 'any' && <TransitiveWarning />}
        <FormField label="Permitted actions">
          <SpaceBetween size="xs">
            {SWITCHES.filter(({ fullOnly }) => isFull || !fullOnly).map(({ name, text }) => (
              <Toggle
                key={name}
                checked={guard[name]}
                onChange={({ detail }) => onChange({ ...guard, [name]: detail.checked })}
              >
                {text}
              </Toggle>
            ))}
          </SpaceBetween>
        </FormField>
        {isFull && guard.Sending && (
          <FormField label="Permitted senders">
            <RadioGroup
              value={guard.Senders ?? 'own'}
              items={[...SENDERS]}
              onChange={({ detail }) =>
                onChange({ ...guard, Senders: detail.value as NonNullable<Guard['Senders']> })
              }
            />
          </FormField>
        )}
        {!isFull && (
          <FormField
            label="Additional read operations"
            description="A read-only role denies these operations by default, because they can return or create data other than mail. Few tools need them."
          >
            <Multiselect
              options={EXTRA_READS}
              selectedOptions={guard.ExtraReads.map(value => ({
                value,
                label: extraReadText(value),
              }))}
              onChange={({ detail }) =>
                onChange({
                  ...guard,
                  ExtraReads: detail.selectedOptions.flatMap(({ value }) => value ?? []),
                })
              }
              placeholder="None"
              ariaLabel="Additional read operations"
              deselectAriaLabel={option => `Remove ${option.label ?? ''}`}
            />
          </FormField>
        )}
      </SpaceBetween>
    </ExpandableSection>
  )
}

export function TransitiveWarning() {
  return (
    <Alert type="warning" header="This role can access more than its rules allow">
      The role has the same permissions as the impersonated user. For example, if the role can
      impersonate Alice and Bob shared a calendar with Alice, the role can open that calendar, even
      if a rule denies Bob.
    </Alert>
  )
}
