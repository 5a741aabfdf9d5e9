/**
 * Fields of the profile of a role: its name, and limits by operation.
 *
 * @module
 */

import FormField from '@cloudscape-design/components/form-field'
import Multiselect from '@cloudscape-design/components/multiselect'
import RadioGroup from '@cloudscape-design/components/radio-group'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ProfileInput, Profiles } from '../api/roles.ts'
import { NO_PROFILE } from './form.ts'

type Props = {
  profile: ProfileInput
  profiles: Profiles
  onChange: (profile: ProfileInput) => void
}

export function ProfileFields({ profile, profiles, onChange }: Props) {
  const { Allowed, Denied = [] } = profile.Operations ?? {}
  const options = [
    {
      value: NO_PROFILE,
      label: 'No profile',
      description: 'Only type, guard, and rules limit the role.',
    },
    ...profiles.Profiles.map(({ Profile: value, Purpose: description }) => ({
      value,
      label: value,
      description,
    })),
  ]
  const limit = (allowed: readonly string[] | undefined, denied: readonly string[]) => {
    const operations = {
      ...(allowed !== undefined && { Allowed: [...allowed] }),
      ...(denied.length > 0 && { Denied: [...denied] }),
    }
    const isLimited = Object.keys(operations).length > 0
    onChange({ Profile: profile.Profile, ...(isLimited && { Operations: operations }) })
  }
  return (
    <SpaceBetween size="l">
      <FormField label="Profile" description="Limits the role to operations and folders.">
        <Select
          selectedOption={options.find(({ value }) => value === profile.Profile) ?? null}
          options={options}
          expandToViewport
          onChange={({ detail }) =>
            onChange({
              ...profile,
              Profile: detail.selectedOption.value as ProfileInput['Profile'],
            })
          }
        />
      </FormField>
      <FormField label="Operations">
        <RadioGroup
          value={Allowed === undefined ? 'all' : 'some'}
          items={[
            { value: 'all', label: 'All that the type, the guard, and the profile allow' },
            { value: 'some', label: 'Of these, only the selected operations' },
          ]}
          onChange={({ detail }) => limit(detail.value === 'some' ? [] : undefined, Denied)}
        />
      </FormField>
      {Allowed !== undefined && (
        <Operations
          label="Allowed operations"
          description="All others are denied. If you select none, the role denies every request."
          names={profiles.Operations}
          selected={Allowed}
          onChange={allowed => limit(allowed, Denied)}
        />
      )}
      <Operations
        label="Denied operations"
        isOptional
        description="The role can't use these, whatever its profile allows."
        names={profiles.Operations}
        selected={Denied}
        onChange={denied => limit(Allowed, denied)}
      />
    </SpaceBetween>
  )
}

type OperationsProps = {
  label: string
  isOptional?: boolean
  description: string
  names: readonly string[]
  selected: readonly string[]
  onChange: (names: string[]) => void
}

function Operations({
  label,
  isOptional,
  description,
  names,
  selected,
  onChange,
}: OperationsProps) {
  return (
    <FormField
      label={
        <>
          {label} {isOptional && <i>- optional</i>}
        </>
      }
      description={description}
    >
      <Multiselect
        selectedOptions={selected.map(value => ({ value, label: value }))}
        options={names.map(value => ({ value, label: value }))}
        filteringType="auto"
        filteringAriaLabel="Find operations"
        filteringPlaceholder="Find operations"
        placeholder="Choose operations"
        empty="No operations"
        noMatch="No matches"
        ariaLabel={label}
        deselectAriaLabel={option => `Remove ${option.label ?? ''}`}
        keepOpen
        expandToViewport
        virtualScroll
        onChange={({ detail }) =>
          onChange(detail.selectedOptions.flatMap(({ value }) => value ?? []))
        }
      />
    </FormField>
  )
}
