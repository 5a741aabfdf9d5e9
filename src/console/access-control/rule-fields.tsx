/**
 * Fields of an access control rule.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import RadioGroup from '@cloudscape-design/components/radio-group'
import { type ReactNode, useState } from 'react'
import type { ActionState } from '../parts/action-state.ts'
import { FormPage } from '../parts/form-page.tsx'
import { Optional } from '../parts/optional.tsx'
import { ConditionField } from './condition-field.tsx'
import {
  type ConditionName,
  inputOf,
  isForEverything,
  problemsOf,
  type RuleForm,
} from './rule-form.ts'

type Props = {
  title: string
  form: RuleForm
  onChange: (form: RuleForm) => void
  isNew: boolean
  /** Name of another rule, if saving failed because that rule already has the name. */
  takenName: string | undefined
  onSave: () => void
  onCancel: () => void
  action: ActionState
  isDirty: boolean
  notice?: ReactNode
}

const CONDITIONS: readonly ConditionName[] = [
  'IpRanges',
  'UserIds',
  'ImpersonationRoleIds',
  'Actions',
]

export function RuleFields({ form, onChange, isNew, takenName, onSave, ...page }: Props) {
  const [isTried, setTried] = useState(false)
  const problems = isTried ? problemsOf(form) : {}
  const deniesAll = form.effect === 'DENY' && isForEverything(inputOf(form))
  return (
    <FormPage
      {...page}
      verb={isNew ? 'Create rule' : 'Save changes'}
      description="A rule matches a request if all of its conditions match."
      onSave={() => {
        setTried(true)
        if (Object.keys(problemsOf(form)).length === 0) onSave()
      }}
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
          onChange={({ detail }) => onChange({ ...form, name: detail.value })}
        />
      </FormField>
      <FormField label={<Optional>Description</Optional>} errorText={problems['description']}>
        <Input
          value={form.description}
          onChange={({ detail }) => onChange({ ...form, description: detail.value })}
        />
      </FormField>
      <FormField label="Effect">
        <RadioGroup
          value={form.effect}
          onChange={({ detail }) =>
            onChange({ ...form, effect: detail.value as RuleForm['effect'] })
          }
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
          onChange={value =>
            onChange({ ...form, conditions: { ...form.conditions, [name]: value } })
          }
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
