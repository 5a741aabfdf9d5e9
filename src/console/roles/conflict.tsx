/**
 * Resolves a version conflict of a role: compares the original version, the saved version, and the form.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { isSame, type RoleForm } from './form.ts'
import { ROLE_PARTS } from './role-parts.ts'
import { useRuleDescription } from './rule-description.ts'

type Props = {
  opened: RoleForm
  theirs: RoleForm
  mine: RoleForm
  onTakeTheirs: () => void
  onSaveMine: () => void
}

export function Conflict({ opened, theirs, mine, onTakeTheirs, onSaveMine }: Props) {
  const describe = useRuleDescription([opened, theirs, mine].flatMap(({ rules }) => rules))
  const rows = ROLE_PARTS.map(({ label, of }) => ({
    label,
    opened: of(opened, describe),
    theirs: of(theirs, describe),
    mine: of(mine, describe),
  })).filter(row => !isSame(row.opened, row.theirs) || !isSame(row.opened, row.mine))
  return (
    <Alert
      type="warning"
      header="Someone else changed this role"
      action={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={onTakeTheirs}>Discard my changes</Button>
          <Button variant="primary" onClick={onSaveMine}>
            Overwrite
          </Button>
        </SpaceBetween>
      }
    >
      <SpaceBetween size="s">
        <Box color="inherit">
          Your changes are not saved. Discard them to edit the saved version. Or copy what you need
          from the saved version to the form, and then overwrite the saved version.
        </Box>
        <Table
          variant="embedded"
          wrapLines
          items={rows}
          trackBy="label"
          ariaLabels={{ tableLabel: 'Differences' }}
          empty="No differences"
          columnDefinitions={[
            { id: 'field', header: 'Field', isRowHeader: true, cell: row => row.label },
            { id: 'opened', header: 'Original version', cell: row => <Text>{row.opened}</Text> },
            { id: 'theirs', header: 'Saved version', cell: row => <Text>{row.theirs}</Text> },
            { id: 'mine', header: 'Your changes', cell: row => <Text>{row.mine}</Text> },
          ]}
        />
      </SpaceBetween>
    </Alert>
  )
}

const Text = ({ children }: { children: string }) => <div className="lines">{children}</div>
