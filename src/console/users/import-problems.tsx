/**
 * Problems of a file that cannot be imported, line by line.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Table from '@cloudscape-design/components/table'
import { CallFailure, describeFailure } from '../api/failure.ts'
import { isUnclear, problemsOf } from './problems.ts'

/** @param isImport - whether the import failed, and not its preview, which changes nothing */
export function ImportProblems({
  error,
  isImport = false,
}: {
  error: unknown
  isImport?: boolean
}) {
  if (!(error instanceof CallFailure && error.type === 'InvalidParameterException'))
    return (
      <Alert
        type="error"
        header={
          isImport && isUnclear(error)
            ? 'All users were imported, or none. Preview the changes again to find out.'
            : 'No users were imported'
        }
      >
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
