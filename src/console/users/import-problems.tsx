/**
 * Problems of a file that cannot be imported, line by line.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Table from '@cloudscape-design/components/table'
import { CallFailure, describeFailure } from '../api/failure.ts'
import { problemsOf } from './problems.ts'

export function ImportProblems({ error }: { error: unknown }) {
  if (!(error instanceof CallFailure && error.type === 'InvalidParameterException'))
    return (
      <Alert type="error" header="Cannot import the file">
        {describeFailure(error)}
      </Alert>
    )
  return (
    <Alert
      type="error"
      header="No users were imported. Correct these lines, and choose the file again."
    >
      <Table
        variant="embedded"
        wrapLines
        items={problemsOf(error.message)}
        columnDefinitions={[
          { id: 'line', header: 'Line', width: 80, cell: ({ line }) => line ?? '–' },
          { id: 'problem', header: 'Problem', cell: ({ message }) => message },
        ]}
      />
    </Alert>
  )
}
