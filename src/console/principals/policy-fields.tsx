/**
 * Fields of a policy: the roles, the administrative permission, and the source addresses.
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
import { Optional } from '../parts/optional.tsx'
import { useRoles } from '../parts/roles.ts'
import type { Administration, PolicyForm } from './policy-form.ts'
import { formInWords } from './policy-words.ts'

const ADMINISTRATION: readonly { value: Administration; label: string; description: string }[] = [
  {
    value: 'NONE',
    label: 'None',
    description:
      'For tools. Only principals without administrative permission can use Basic authentication.',
  },
  {
    value: 'READ',
    label: 'Read all',
    description: 'For auditors. View roles, users, principals, and the audit, and run all tests.',
  },
  {
    value: 'ALL',
    label: 'Administer all',
    description:
      'For administrators. View and change everything, and create access keys for tools. The principal can act only in the roles that you choose above.',
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
      <FormField label="Administrative permission">
        <RadioGroup
          value={form.administration}
          items={[...ADMINISTRATION]}
          onChange={({ detail }) =>
            onChange({ ...form, administration: detail.value as Administration })
          }
        />
      </FormField>
      <FormField
        label={<Optional>Allowed source addresses</Optional>}
        description="IP addresses or ranges, one per line. By default, the principal can send requests from any address."
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
        <Box variant="awsui-key-label">Summary</Box>
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
      label="Roles"
      description="The principal can access all mailboxes that these roles allow. A tool with one role signs in with its access key ID as the user name."
      errorText={problem}
    >
      <SpaceBetween size="xs">
        <Checkbox
          checked={form.everyRole}
          onChange={({ detail }) => onChange({ ...form, everyRole: detail.checked })}
        >
          All roles, including future roles
        </Checkbox>
        {!form.everyRole && (
          <Multiselect
            ariaLabel="Roles"
            selectedOptions={form.roles.map(value => ({ value, label: nameOf(value) }))}
            options={options}
            filteringType="auto"
            placeholder="Choose roles"
            empty="No roles"
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
