/**
 * Preview of the changes of an import, and the button that imports.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ColumnLayout from '@cloudscape-design/components/column-layout'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ImportPlan } from '../api/users.ts'
import { deletionInWords } from './import-words.ts'

type Props = { plan: ImportPlan; isBusy: boolean; onImport: () => void }

/** Maximum number of addresses that each list shows. */
const MAX_SHOWN = 50

export function ImportPreview({ plan, isBusy, onImport }: Props) {
  const { Created, Updated, Deleted, Unchanged, Missing } = plan
  const changes = Created.length + Updated.length + Deleted.length
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`Users in the file that don't change: ${Unchanged.toLocaleString()}`}
          actions={
            <Button
              variant="primary"
              loading={isBusy}
              disabled={changes === 0}
              disabledReason="There are no changes to import"
              onClick={onImport}
            >
              Import users
            </Button>
          }
        >
          Preview
        </Header>
      }
    >
      <SpaceBetween size="l">
        {changes === 0 && (
          <Alert type="info">
            The file matches the current users. There are no changes to import.
          </Alert>
        )}
        {Deleted.length > 0 && (
          <Alert type="warning">If you import this file: {deletionInWords(plan)}</Alert>
        )}
        {Missing > Deleted.length && (
          <Alert type="info">
            {Missing.toLocaleString()} users are not in the file. They don't change unless you
            choose to delete them.
          </Alert>
        )}
        <ColumnLayout columns={3} variant="text-grid">
          <Addresses title="Created" addresses={Created} />
          <Addresses title="Updated" addresses={Updated} />
          <Addresses title="Deleted" addresses={Deleted} />
        </ColumnLayout>
      </SpaceBetween>
    </Container>
  )
}

function Addresses({ title, addresses }: { title: string; addresses: readonly string[] }) {
  const more = addresses.length - MAX_SHOWN
  return (
    <div>
      <Box variant="h3">
        {title} ({addresses.length.toLocaleString()})
      </Box>
      {addresses.slice(0, MAX_SHOWN).map(address => (
        <div key={address}>{address}</div>
      ))}
      {more > 0 && <Box color="text-body-secondary">And {more.toLocaleString()} more</Box>}
    </div>
  )
}
