/**
 * The guard of a role, in plain words.
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

export const MAILBOXES = [
  {
    value: 'own',
    label: "Only the impersonated user's own mailbox",
    description: 'What others shared with the user stays out of reach.',
  },
  {
    value: 'permitted',
    label: 'Mailboxes of all users whom the role may impersonate',
    description: 'Shared folders of those are within reach, of others not.',
  },
  {
    value: 'any',
    label: 'Whatever the impersonated user can open',
    description: 'As in WorkMail: also mailboxes that the rules of this role deny.',
  },
] as const

export const SENDERS = [
  {
    value: 'own',
    label: 'Only as the impersonated user',
    description: 'Suits most tools.',
  },
  {
    value: 'permitted',
    label: 'As every user that the role may impersonate',
    description: 'For shared mailboxes and assistants, and servers that allow it.',
  },
  {
    value: 'server',
    label: 'As the server allows',
    description: 'Only for a server that checks senders itself, such as Exchange.',
  },
] as const

const EXTRA_READS: readonly { value: string; label: string; description: string }[] = [
  {
    value: 'GetUserConfiguration',
    label: 'Settings that programs keep in folders',
    description: 'GetUserConfiguration. DavMail needs it to read calendars.',
  },
  { value: 'GetImItemList', label: 'List of chat contacts', description: 'GetImItemList' },
  { value: 'GetImItems', label: 'Chat contacts', description: 'GetImItems' },
  { value: 'GetAppManifests', label: 'Installed apps', description: 'GetAppManifests' },
  {
    value: 'GetAppMarketplaceUrl',
    label: 'Address of the app store',
    description: 'GetAppMarketplaceUrl',
  },
]

/** Returns the words for an extra read; a stored one can name an operation that this version doesn't know. */
export const extraReadText = (operation: string): string =>
  EXTRA_READS.find(({ value }) => value === operation)?.label ?? operation

type Switch = 'DirectoryLookups' | 'Sending' | 'Delegation' | 'InboxRules'
export const SWITCHES: readonly { name: Switch; text: string; fullOnly: boolean }[] = [
  {
    name: 'DirectoryLookups',
    text: "Look up people in the server's address book",
    fullOnly: false,
  },
  { name: 'Sending', text: 'Send mail, invitations and automatic replies', fullOnly: true },
  { name: 'Delegation', text: 'Give others access to folders and mailboxes', fullOnly: true },
  { name: 'InboxRules', text: 'Make inbox rules', fullOnly: true },
]

type Props = { guard: Guard; type: RoleType; onChange: (guard: Guard) => void }

export function GuardForm({ guard, type, onChange }: Props) {
  const isFull = type === 'FULL_ACCESS'
  return (
    <ExpandableSection
      variant="container"
      headerText="Guard"
      headerDescription="What its requests may name and do besides. The strict settings suit most tools."
      defaultExpanded={guard.Mailboxes !== 'own'}
    >
      <SpaceBetween size="l">
        <FormField label="A request may reach">
          <RadioGroup
            value={guard.Mailboxes}
            items={[...MAILBOXES]}
            onChange={({ detail }) =>
              onChange({ ...guard, Mailboxes: detail.value as Guard['Mailboxes'] })
            }
          />
        </FormField>
        {guard.Mailboxes === 'any' && <TransitiveWarning />}
        <FormField label="It may also">
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
          <FormField label="It may send mail">
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
            label="Reads that a read-only role otherwise leaves out"
            description="They may create or tell things that are no mail. Few tools need one."
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
              ariaLabel="Extra reads"
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
    <Alert type="warning" header="Access goes further than the rules">
      Permissions are passed on. If this role may impersonate Alice, and Bob has shared his calendar
      with Alice, the role reaches Bob's calendar through her, also where a rule denies Bob.
    </Alert>
  )
}
