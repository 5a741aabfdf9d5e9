/**
 * One condition of an access control rule: for any, only for some, or for all but some.
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
    label: 'From where',
    description: 'The address that the tool calls from.',
    ANY: 'From anywhere',
    ONLY: 'Only from these addresses',
    EXCEPT: 'From anywhere but these addresses',
  },
  UserIds: {
    label: 'As whom',
    description: 'The user whom the tool acts as.',
    ANY: 'As anybody',
    ONLY: 'Only as these users',
    EXCEPT: 'As anybody but these users',
  },
  ImpersonationRoleIds: {
    label: 'In which role',
    description: 'The role that the tool has assumed.',
    ANY: 'In any role',
    ONLY: 'Only in these roles',
    EXCEPT: 'In any role but these',
  },
  Actions: {
    label: 'By what',
    description:
      'This gateway sees EWS and AutoDiscover; the others are kept for what asks for them.',
    ANY: 'By anything',
    ONLY: 'Only by these',
    EXCEPT: 'By anything but these',
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
      placeholder="Choose"
      empty="There are none"
      keepOpen
      expandToViewport
      deselectAriaLabel={option => `Remove ${option.label ?? ''}`}
      onChange={({ detail }) =>
        onChange(detail.selectedOptions.flatMap(({ value }) => value ?? []))
      }
    />
  )
}
