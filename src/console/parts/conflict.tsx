/**
 * Resolves a version conflict: compares the saved object with the values in the form.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useEffect } from 'react'

/** Texts of one field in both versions. */
export type Difference = { field: string; mine: string; theirs: string }

type Props = {
  /** Edited object, such as "this user". */
  what: string
  differences: readonly Difference[]
  onKeepMine: () => void
  onTakeTheirs: () => void
}

/** Saves and discards nothing until the user chooses a version. */
export function Conflict({ what, differences, onKeepMine, onTakeTheirs }: Props) {
  useEffect(() => {
    window.scrollTo(0, 0)
  }, [])
  return (
    <Alert
      type="warning"
      header={`Someone else changed ${what}`}
      action={
        <SpaceBetween size="xs" direction="horizontal">
          <Button formAction="none" onClick={onTakeTheirs}>
            Discard my changes
          </Button>
          <Button formAction="none" onClick={onKeepMine}>
            Overwrite
          </Button>
        </SpaceBetween>
      }
    >
      <SpaceBetween size="s">
        <Box>
          Your changes are not saved. Discard them to keep the saved version, or overwrite the saved
          version with your changes.
        </Box>
        <Table
          variant="embedded"
          items={differences.filter(({ mine, theirs }) => mine !== theirs)}
          empty="The saved version is the same as your changes."
          columnDefinitions={[
            { id: 'field', header: 'Field', cell: ({ field }) => field, isRowHeader: true },
            { id: 'mine', header: 'Your changes', cell: ({ mine }) => mine || '–' },
            { id: 'theirs', header: 'Saved version', cell: ({ theirs }) => theirs || '–' },
          ]}
        />
      </SpaceBetween>
    </Alert>
  )
}
