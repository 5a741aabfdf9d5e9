/**
 * The fields of an access control rule.
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
  /** Name of another rule, with which this one could not be created. */
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
  const isShut = form.effect === 'DENY' && isForEverything(inputOf(form))
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
        description={isNew ? 'Letters, digits, _ and -. It cannot be changed later.' : undefined}
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
      <FormField label="Description" errorText={problems['description']}>
        <Input
          value={form.description}
          placeholder="Why it is there"
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
            { value: 'ALLOW', label: 'Allow', description: 'Let in, unless another rule denies.' },
            { value: 'DENY', label: 'Deny', description: 'Keep out, whatever other rules say.' },
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
      {isShut && (
        <Alert type="warning">
          Without a condition this rule keeps out every request of every tool.
        </Alert>
      )}
    </FormPage>
  )
}
