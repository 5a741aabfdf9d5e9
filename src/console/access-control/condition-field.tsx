/**
 * Field for one condition of an access control rule: any value, only some values, or all except some.
 *
 * @module
 */

import FormField from '@cloudscape-design/components/form-field'
import Multiselect from '@cloudscape-design/components/multiselect'
import Select from '@cloudscape-design/components/select'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { useRoles } from '../parts/roles.ts'
import { UserPicker } from '../parts/user-picker.tsx'
import { ACTIONS, type ConditionForm, type ConditionName, type Scope } from './rule-form.ts'

type Words = { label: string; description: string } & Record<Scope, string>

const WORDS: Readonly<Record<ConditionName, Words>> = {
  IpRanges: {
    label: 'Source addresses',
    description: 'IP address of the tool. Enter addresses or ranges, one per line.',
    ANY: 'Any address',
    ONLY: 'Only these addresses',
    EXCEPT: 'All addresses except these',
  },
  UserIds: {
    label: 'Impersonated users',
    description: 'User that the request acts as.',
    ANY: 'Any user',
    ONLY: 'Only these users',
    EXCEPT: 'All users except these',
  },
  ImpersonationRoleIds: {
    label: 'Impersonation roles',
    description: 'Role in which the tool acts.',
    ANY: 'Any role',
    ONLY: 'Only these roles',
    EXCEPT: 'All roles except these',
  },
  Actions: {
    label: 'Actions',
    description:
      'Protocol of the request. The gateway receives only EWS and AutoDiscover requests. Other values are stored for compatibility with Amazon WorkMail.',
    ANY: 'Any action',
    ONLY: 'Only these actions',
    EXCEPT: 'All actions except these',
  },
}

type Props = {
  name: ConditionName
  value: ConditionForm
  problem: string | undefined
  onChange: (value: ConditionForm) => void
}

export function ConditionField({ name, value, problem, onChange }: Props) {
  const words = WORDS[name]
  const scopes = (['ANY', 'ONLY', 'EXCEPT'] as const).map(scope => ({
    value: scope,
    label: words[scope],
  }))
  return (
    <FormField label={words.label} description={words.description} errorText={problem}>
      <SpaceBetween size="xs">
        <Select
          selectedOption={scopes.find(scope => scope.value === value.scope) ?? null}
          options={scopes}
          onChange={({ detail }) =>
            onChange({ ...value, scope: detail.selectedOption.value as Scope })
          }
        />
        {value.scope !== 'ANY' && (
          <Values
            name={name}
            label={words[value.scope]}
            values={value.values}
            onChange={values => onChange({ ...value, values })}
          />
        )}
      </SpaceBetween>
    </FormField>
  )
}

type ValuesProps = {
  name: ConditionName
  label: string
  values: readonly string[]
  onChange: (values: readonly string[]) => void
}

function Values({ name, label, values, onChange }: ValuesProps) {
  const roles = useRoles()
  if (name === 'UserIds') return <UserPicker selected={values} onChange={onChange} label={label} />
  if (name === 'IpRanges')
    return (
      <Textarea
        ariaLabel={label}
        value={values.join('\n')}
        rows={3}
        spellcheck={false}
        placeholder={'10.0.0.0/8\n2001:db8::/32'}
        onChange={({ detail }) => onChange(detail.value.split('\n'))}
      />
    )
  const options =
    name === 'Actions' ? ACTIONS.map(value => ({ value, label: value })) : roles.options
  return (
    <Multiselect
      ariaLabel={label}
      selectedOptions={values.map(
        value => options.find(option => option.value === value) ?? { value, label: value },
      )}
      options={options}
      filteringType="auto"
      placeholder="Choose options"
      empty="No options"
      keepOpen
      expandToViewport
      deselectAriaLabel={option => `Remove ${option.label ?? ''}`}
      onChange={({ detail }) =>
        onChange(detail.selectedOptions.flatMap(({ value }) => value ?? []))
      }
    />
  )
}
