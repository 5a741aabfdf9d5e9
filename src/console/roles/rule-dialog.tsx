/**
 * The dialog in which a rule is added or changed.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import type { Effect, Rule } from '../api/roles.ts'
import { GroupPicker } from '../parts/group-picker.tsx'
import { UserPicker } from '../parts/user-picker.tsx'
import { useSession } from '../session/session.ts'
import { descriptionProblem, nameProblem, ruleIdFor } from './form.ts'
import { type Condition, conditionOf, nameOfRule } from './words.ts'

type Props = {
  /** Undefined: a new one. */
  rule: Rule | undefined
  /** The others of its role. */
  others: readonly Rule[]
  onSave: (rule: Rule) => void
  onCancel: () => void
}

export function RuleDialog({ rule, others, onSave, onCancel }: Props) {
  const [name, setName] = useState(rule ? nameOfRule(rule) : '')
  const [description, setDescription] = useState(rule?.Description ?? '')
  const [effect, setEffect] = useState<Effect>(rule?.Effect ?? 'ALLOW')
  const [condition, setCondition] = useState<Condition>(rule ? conditionOf(rule) : 'selected')
  const [users, setUsers] = useState<string[]>(rule?.TargetUsers ?? rule?.NotTargetUsers ?? [])
  const [groups, setGroups] = useState<string[]>(rule?.TargetGroups ?? rule?.NotTargetGroups ?? [])
  const [isTried, setTried] = useState(false)

  const mayUseGroups = useSession().may('workmail:ListGroups')
  const problems = {
    name: nameProblem(name, 'rule') ?? takenProblem(name, others),
    description: descriptionProblem(description),
    users:
      users.length + groups.length === 0 && (condition === 'selected' || condition === 'others')
        ? 'Choose at least one user or group.'
        : undefined,
  }
  const save = () => {
    setTried(true)
    if (Object.values(problems).some(problem => problem !== undefined)) return
    onSave({
      ImpersonationRuleId: rule?.ImpersonationRuleId ?? ruleIdFor(name, others),
      Name: name.trim(),
      ...(description.trim() !== '' && { Description: description.trim() }),
      Effect: effect,
      ...targetsOf(condition, users, groups, rule),
    })
  }

  return (
    <Modal
      visible
      size="medium"
      header={rule ? 'Edit rule' : 'Add rule'}
      onDismiss={onCancel}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onCancel}>
              Cancel
            </Button>
            <Button variant="primary" onClick={save}>
              {rule ? 'Change rule' : 'Add rule'}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="l">
        <Alert type="info">Rules are saved with the role: nothing changes until you save it.</Alert>
        <FormField label="Rule name" errorText={isTried && problems.name}>
          <Input value={name} onChange={({ detail }) => setName(detail.value)} autoFocus />
        </FormField>
        <FormField
          label={
            <>
              Description <i>- optional</i>
            </>
          }
          errorText={isTried && problems.description}
        >
          <Textarea
            value={description}
            rows={2}
            onChange={({ detail }) => setDescription(detail.value)}
          />
        </FormField>
        <FormField label="Effect">
          <RadioGroup
            value={effect}
            onChange={({ detail }) => setEffect(detail.value as Effect)}
            items={[
              { value: 'ALLOW', label: 'Allow' },
              { value: 'DENY', label: 'Deny', description: 'Wins over every Allow.' },
            ]}
          />
        </FormField>
        <FormField label="This rule">
          <RadioGroup
            value={condition}
            onChange={({ detail }) => setCondition(detail.value as Condition)}
            items={conditionsFor(condition)}
          />
        </FormField>
        {(condition === 'selected' || condition === 'others') && (
          <FormField
            label="Users"
            description="Search by address, alias, sign-in name or display name."
            errorText={isTried && problems.users}
          >
            <UserPicker selected={users} onChange={setUsers} label="Users" />
          </FormField>
        )}
        {(condition === 'selected' || condition === 'others') && mayUseGroups && (
          <FormField
            label={
              <>
                Groups <i>- optional</i>
              </>
            }
            description="Whoever is in one of them counts as selected, now and later, in nested ones too."
          >
            <GroupPicker selected={groups} onChange={setGroups} />
          </FormField>
        )}
        {effect === 'ALLOW' && condition === 'everybody' && <AllowAllNotice />}
      </SpaceBetween>
    </Modal>
  )
}

export function AllowAllNotice() {
  return (
    <Alert type="info" header="An Allow without conditions means every user, now and later">
      Also those who join after today. Whom a Deny rule matches is left out all the same.
    </Alert>
  )
}

const CONDITIONS = [
  { value: 'everybody', label: 'Matches every request' },
  { value: 'selected', label: 'Matches requests that impersonate the selected users' },
  {
    value: 'others',
    label: 'Matches requests that impersonate users other than the selected users',
  },
] as const

/** Rules with both lists are made by the API; the dialog keeps what it cannot show. */
const conditionsFor = (condition: Condition) => [
  ...CONDITIONS,
  ...(condition === 'both'
    ? [{ value: 'both', label: 'Matches selected users, others excepted (as the API wrote it)' }]
    : []),
]

function targetsOf(
  condition: Condition,
  users: string[],
  groups: string[],
  rule: Rule | undefined,
): Partial<Rule> {
  if (condition === 'everybody') return {}
  if (condition === 'both') {
    const { TargetUsers, NotTargetUsers, TargetGroups, NotTargetGroups } = rule ?? {}
    return {
      ...(TargetUsers && { TargetUsers }),
      ...(NotTargetUsers && { NotTargetUsers }),
      ...(TargetGroups && { TargetGroups }),
      ...(NotTargetGroups && { NotTargetGroups }),
    }
  }
  const isOnly = condition === 'selected'
  return {
    ...(users.length > 0 && (isOnly ? { TargetUsers: users } : { NotTargetUsers: users })),
    ...(groups.length > 0 && (isOnly ? { TargetGroups: groups } : { NotTargetGroups: groups })),
  }
}

function takenProblem(name: string, others: readonly Rule[]): string | undefined {
  const folded = name.trim().toLowerCase()
  const isTaken = others.some(({ Name }) => Name?.toLowerCase() === folded)
  return isTaken ? 'Another rule of this role has this name.' : undefined
}
