/**
 * Fields of an access control rule.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import RadioGroup from '@cloudscape-design/components/radio-group'
import type { ReactNode } from 'react'
import type { FormState } from '../parts/form.ts'
import { FormPage } from '../parts/form-page.tsx'
import { Optional } from '../parts/optional.tsx'
import { ConditionField } from './condition-field.tsx'
import { type ConditionName, inputOf, isForEverything, type RuleForm } from './rule-form.ts'

type Props = {
  title: string
  state: FormState<RuleForm>
  isNew: boolean
  /** Name of another rule, if saving failed because that rule already has the name. */
  takenName?: string | undefined
  onSave: () => void
  onCancel: () => void
  notice?: ReactNode
}

const CONDITIONS: readonly ConditionName[] = [
  'IpRanges',
  'UserIds',
  'ImpersonationRoleIds',
  'Actions',
]

export function RuleFields({ isNew, takenName, ...page }: Props) {
  const { values: form, change, problems } = page.state
  const deniesAll = form.effect === 'DENY' && isForEverything(inputOf(form))
  return (
    <FormPage
      {...page}
      verb={isNew ? 'Create rule' : 'Save changes'}
      description="A rule matches a request if all of its conditions match."
    >
      <FormField
        label="Name"
        description={isNew ? "You can't change the name later." : undefined}
        constraintText="At most 64 letters, digits, hyphens, and underscores."
        errorText={
          form.name.trim() === takenName ? `${takenName} is already in use` : problems['name']
        }
      >
        <Input
          value={form.name}
          disabled={!isNew}
          placeholder="only-from-the-office"
          onChange={({ detail }) => change({ ...form, name: detail.value })}
        />
      </FormField>
      <FormField label={<Optional>Description</Optional>} errorText={problems['description']}>
        <Input
          value={form.description}
          onChange={({ detail }) => change({ ...form, description: detail.value })}
        />
      </FormField>
      <FormField label="Effect">
        <RadioGroup
          value={form.effect}
          onChange={({ detail }) => change({ ...form, effect: detail.value as RuleForm['effect'] })}
          items={[
            {
              value: 'ALLOW',
              label: 'Allow',
              description:
                'Allows requests that no Deny rule matches. The rules of the role must also allow them.',
            },
            { value: 'DENY', label: 'Deny', description: 'Takes precedence over Allow rules.' },
          ]}
        />
      </FormField>
      {CONDITIONS.map(name => (
        <ConditionField
          key={name}
          name={name}
          value={form.conditions[name]}
          problem={problems[name]}
          onChange={value => change({ ...form, conditions: { ...form.conditions, [name]: value } })}
        />
      ))}
      {deniesAll && (
        <Alert type="warning">
          Without conditions, this rule denies all requests of all tools.
        </Alert>
      )}
    </FormPage>
  )
}
