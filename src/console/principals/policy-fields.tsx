/**
 * A policy made by choosing: the roles, what may be administered, and from where.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Checkbox from '@cloudscape-design/components/checkbox'
import FormField from '@cloudscape-design/components/form-field'
import Multiselect from '@cloudscape-design/components/multiselect'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { useRoles } from '../parts/roles.ts'
import type { Administration, PolicyForm } from './policy-form.ts'
import { formInWords } from './policy-words.ts'

const ADMINISTRATION: readonly { value: Administration; label: string; description: string }[] = [
  {
    value: 'NONE',
    label: 'Nothing: it is a tool',
    description: 'Only such a principal can sign in with user name and password.',
  },
  {
    value: 'READ',
    label: 'Look at everything',
    description: 'Roles, users, principals and the audit, and all tests; for auditors.',
  },
  {
    value: 'ALL',
    label: 'Everything',
    description:
      'Change whatever there is, and give roles to tools. It acts only in the roles chosen above.',
  },
]

type Props = {
  form: PolicyForm
  onChange: (form: PolicyForm) => void
  problem: string | undefined
}

export function PolicyFields({ form, onChange, problem }: Props) {
  const { nameOf } = useRoles()
  return (
    <SpaceBetween size="l">
      <Roles form={form} onChange={onChange} problem={problem} />
      <FormField label="What it may administer">
        <RadioGroup
          value={form.administration}
          items={[...ADMINISTRATION]}
          onChange={({ detail }) =>
            onChange({ ...form, administration: detail.value as Administration })
          }
        />
      </FormField>
      <FormField
        label="Only from these addresses"
        description="Addresses or ranges, one in a line; empty: from anywhere."
      >
        <Textarea
          value={form.ranges.join('\n')}
          rows={2}
          spellcheck={false}
          placeholder={'192.0.2.7\n10.0.0.0/8'}
          onChange={({ detail }) =>
            onChange({ ...form, ranges: detail.value === '' ? [] : detail.value.split('\n') })
          }
        />
      </FormField>
      <Box>
        <Box variant="awsui-key-label">In words</Box>
        {formInWords(form, nameOf).map(line => (
          <div key={line}>{line}</div>
        ))}
      </Box>
    </SpaceBetween>
  )
}

function Roles({ form, onChange, problem }: Props) {
  const { options, nameOf } = useRoles()
  return (
    <FormField
      label="Roles that it may act in"
      description="It reads the mail that these roles reach. A tool with one role signs in with the ID of its key as the user name."
      errorText={problem}
    >
      <SpaceBetween size="xs">
        <Checkbox
          checked={form.everyRole}
          onChange={({ detail }) => onChange({ ...form, everyRole: detail.checked })}
        >
          Every role, now and later
        </Checkbox>
        {!form.everyRole && (
          <Multiselect
            ariaLabel="Roles that it may act in"
            selectedOptions={form.roles.map(value => ({ value, label: nameOf(value) }))}
            options={options}
            filteringType="auto"
            placeholder="Choose roles"
            empty="There are no roles yet"
            keepOpen
            expandToViewport
            deselectAriaLabel={option => `Remove ${option.label ?? ''}`}
            onChange={({ detail }) =>
              onChange({
                ...form,
                roles: detail.selectedOptions.flatMap(({ value }) => value ?? []),
              })
            }
          />
        )}
      </SpaceBetween>
    </FormField>
  )
}
