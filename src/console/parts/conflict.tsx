/**
 * Somebody else has changed what is being edited: what stands there now, beside what was typed.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table from '@cloudscape-design/components/table'
import { useEffect } from 'react'

/** One field in words. */
export type Difference = { field: string; mine: string; theirs: string }

type Props = {
  /** What is edited, as in “this user”. */
  what: string
  differences: readonly Difference[]
  onKeepMine: () => void
  onTakeTheirs: () => void
}

/** Nothing is saved or lost until the reader has chosen. */
export function Conflict({ what, differences, onKeepMine, onTakeTheirs }: Props) {
  useEffect(() => {
    window.scrollTo(0, 0)
  }, [])
  return (
    <Alert
      type="warning"
      header={`Somebody else has changed ${what} since you opened it`}
      action={
        <SpaceBetween size="xs" direction="horizontal">
          <Button formAction="none" onClick={onTakeTheirs}>
            Drop mine, take theirs
          </Button>
          <Button formAction="none" onClick={onKeepMine}>
            Save mine over theirs
          </Button>
        </SpaceBetween>
      }
    >
      <SpaceBetween size="s">
        <Box>
          Nothing is lost: theirs is saved, and yours is still in the form below. Choose which of
          the two it shall be.
        </Box>
        <Table
          variant="embedded"
          items={differences.filter(({ mine, theirs }) => mine !== theirs)}
          empty="What stands there now is the same as yours."
          columnDefinitions={[
            { id: 'field', header: 'Field', cell: ({ field }) => field, isRowHeader: true },
            { id: 'mine', header: 'Yours', cell: ({ mine }) => mine || '–' },
            { id: 'theirs', header: 'Saved now (theirs)', cell: ({ theirs }) => theirs || '–' },
          ]}
        />
      </SpaceBetween>
    </Alert>
  )
}
