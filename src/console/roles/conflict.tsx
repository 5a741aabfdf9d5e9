/**
 * Somebody else has saved the role while it was edited: what they changed, and what is to be done.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import type { Rule } from '../api/roles.ts'
import { isSame, type RoleForm } from './form.ts'
import { extraReadText, MAILBOXES, SENDERS, SWITCHES } from './guard-form.tsx'
import { useRuleDescription } from './whom.ts'
import { EFFECTS, nameOfRule, TYPES } from './words.ts'

type Props = {
  opened: RoleForm
  theirs: RoleForm
  mine: RoleForm
  onTakeTheirs: () => void
  onSaveMine: () => void
}

export function Conflict({ opened, theirs, mine, onTakeTheirs, onSaveMine }: Props) {
  const whom = useRuleDescription([opened, theirs, mine].flatMap(({ rules }) => rules))
  const rows = PARTS.map(({ label, of }) => ({
    label,
    opened: of(opened, whom),
    theirs: of(theirs, whom),
    mine: of(mine, whom),
  })).filter(row => !isSame(row.opened, row.theirs) || !isSame(row.opened, row.mine))
  return (
    <Alert
      type="warning"
      header="Somebody else has saved this role since you opened it"
      action={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={onTakeTheirs}>Drop mine, edit theirs</Button>
          <Button variant="primary" onClick={onSaveMine}>
            Save mine over theirs
          </Button>
        </SpaceBetween>
      }
    >
      <SpaceBetween size="s">
        <Box color="inherit">
          Nothing is lost: theirs is saved, and yours is still in the form below. Take over by hand
          what you want of theirs, then save yours over it.
        </Box>
        <Table
          variant="embedded"
          wrapLines
          items={rows}
          trackBy="label"
          ariaLabels={{ tableLabel: 'What differs' }}
          empty="Both say the same."
          columnDefinitions={[
            { id: 'part', header: 'Part', isRowHeader: true, cell: row => row.label },
            { id: 'opened', header: 'When you opened it', cell: row => <Text>{row.opened}</Text> },
            { id: 'theirs', header: 'Saved now (theirs)', cell: row => <Text>{row.theirs}</Text> },
            { id: 'mine', header: 'In your form', cell: row => <Text>{row.mine}</Text> },
          ]}
        />
      </SpaceBetween>
    </Alert>
  )
}

const Text = ({ children }: { children: string }) => <div className="lines">{children}</div>

type Part = { label: string; of: (form: RoleForm, whom: (rule: Rule) => string) => string }

const PARTS: readonly Part[] = [
  { label: 'Name', of: ({ name }) => name },
  { label: 'Description', of: ({ description }) => description },
  { label: 'Type', of: ({ type }) => TYPES[type] },
  {
    label: 'Rules',
    of: ({ rules }, whom) =>
      rules.map(rule => `${nameOfRule(rule)}: ${EFFECTS[rule.Effect]} ${whom(rule)}`).join('\n') ||
      'None',
  },
  {
    label: 'Guard',
    of: ({ guard }) =>
      [
        MAILBOXES.find(({ value }) => value === guard.Mailboxes)?.label,
        ...SWITCHES.filter(({ name }) => guard[name]).map(({ text }) => text),
        SENDERS.find(({ value }) => value === guard.Senders)?.label,
        ...guard.ExtraReads.map(extraReadText),
      ].join('\n'),
  },
]
