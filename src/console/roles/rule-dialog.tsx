/**
 * Dialog that adds or edits a rule of a role.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Checkbox from '@cloudscape-design/components/checkbox'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import RadioGroup from '@cloudscape-design/components/radio-group'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Textarea from '@cloudscape-design/components/textarea'
import { useState } from 'react'
import type { Effect, Rule } from '../api/roles.ts'
import { GroupPicker } from '../parts/group-picker.tsx'
import { useInvalidField } from '../parts/invalid-field.ts'
import { Optional } from '../parts/optional.tsx'
import { type Period, periodIn, periodProblem } from '../parts/period.ts'
import { PeriodFields } from '../parts/period-fields.tsx'
import { UserPicker } from '../parts/user-picker.tsx'
import { useSession } from '../session/session.ts'
import { descriptionProblem, nameProblem, ruleIdFor } from './form.ts'
import { type Condition, conditionOf, nameOfRule } from './words.ts'

type Props = {
  /** Undefined for a new rule. */
  rule: Rule | undefined
  /** Other rules of the role. */
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
  const [period, setPeriod] = useState<Period>(() => periodIn(rule ?? {}))
  const [isTemporary, setTemporary] = useState(rule?.Temporary ?? false)
  const [isTried, setTried] = useState(false)
  const { form, focusInvalid } = useInvalidField<HTMLDivElement>()

  const mayUseGroups = useSession().may('workmail:ListGroups')
  const problems = {
    name: nameProblem(name, 'rule') ?? takenProblem(name, others),
    description: descriptionProblem(description),
    period:
      periodProblem(period) ??
      (isTemporary && period.NotAfter === undefined ? 'A temporary rule needs an end.' : undefined),
    users:
      users.length + groups.length === 0 && (condition === 'selected' || condition === 'others')
        ? 'Choose at least one user or group.'
        : undefined,
  }
  const save = () => {
    setTried(true)
    if (Object.values(problems).some(problem => problem !== undefined)) return focusInvalid()
    onSave({
      ImpersonationRuleId: rule?.ImpersonationRuleId ?? ruleIdFor(name, others),
      Name: name.trim(),
      ...(description.trim() !== '' && { Description: description.trim() }),
      Effect: effect,
      ...targetsOf(condition, users, groups, rule),
      ...period,
      ...(isTemporary && { Temporary: true }),
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
              {rule ? 'Save rule' : 'Add rule'}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <div ref={form}>
        <SpaceBetween size="l">
          <Alert type="info">Rules take effect only after you save the role.</Alert>
          <FormField label="Rule name" errorText={isTried && problems.name}>
            <Input value={name} onChange={({ detail }) => setName(detail.value)} autoFocus />
          </FormField>
          <FormField
            label={<Optional>Description</Optional>}
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
                { value: 'DENY', label: 'Deny', description: 'Takes precedence over Allow rules.' },
              ]}
            />
          </FormField>
          <FormField label="Condition">
            <RadioGroup
              value={condition}
              onChange={({ detail }) => setCondition(detail.value as Condition)}
              items={conditionsFor(condition)}
            />
          </FormField>
          {(condition === 'selected' || condition === 'others') && (
            <FormField
              label="Users"
              description="Find users by address, alias, sign-in name, or display name."
              errorText={isTried && problems.users}
            >
              <UserPicker selected={users} onChange={setUsers} label="Users" />
            </FormField>
          )}
          {(condition === 'selected' || condition === 'others') && mayUseGroups && (
            <FormField
              label={<Optional>Groups</Optional>}
              description="All members of a group count as selected users, including members of nested groups."
            >
              <GroupPicker selected={groups} onChange={setGroups} />
            </FormField>
          )}
          <PeriodFields period={period} problem={isTried && problems.period} onChange={setPeriod} />
          <Checkbox checked={isTemporary} onChange={({ detail }) => setTemporary(detail.checked)}>
            Temporary rule, which ends within the maximum of the organization
          </Checkbox>
          {effect === 'ALLOW' && condition === 'all' && <AllowAllNotice />}
        </SpaceBetween>
      </div>
    </Modal>
  )
}

export function AllowAllNotice() {
  return (
    <Alert type="info" header="An Allow rule matches all users, including future users">
      The role can impersonate every user that no Deny rule matches, except protected mailboxes. To
      exclude users, add a Deny rule, or change the condition of the Allow rule.
    </Alert>
  )
}

const CONDITIONS = [
  { value: 'all', label: 'Matches every request' },
  { value: 'selected', label: 'Matches requests that impersonate the selected users' },
  {
    value: 'others',
    label: 'Matches requests that impersonate users other than the selected users',
  },
] as const

/** Rules with both kinds of lists can be created through the API only. The dialog keeps them unchanged. */
const conditionsFor = (condition: Condition) => [
  ...CONDITIONS,
  ...(condition === 'both'
    ? [{ value: 'both', label: 'Matches the users that the API selected, except others' }]
    : []),
]

function targetsOf(
  condition: Condition,
  users: string[],
  groups: string[],
  rule: Rule | undefined,
): Partial<Rule> {
  if (condition === 'all') return {}
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
