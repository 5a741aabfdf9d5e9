/**
 * What an import would change, and the button that does it.
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

type Props = { plan: ImportPlan; isBusy: boolean; onImport: () => void }

/** So many addresses of a kind are shown. */
const SHOWN = 50

export function ImportPreview({ plan, isBusy, onImport }: Props) {
  const { Created, Updated, Deleted, Unchanged, Missing } = plan
  const changes = Created.length + Updated.length + Deleted.length
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={`${Unchanged.toLocaleString()} of the users in the file stay as they are.`}
          actions={
            <Button
              variant="primary"
              loading={isBusy}
              disabled={changes === 0}
              disabledReason="There is nothing to change"
              onClick={onImport}
            >
              Import
            </Button>
          }
        >
          What would change
        </Header>
      }
    >
      <SpaceBetween size="l">
        {changes === 0 && (
          <Alert type="info">The users are already what the file says: nothing would change.</Alert>
        )}
        {Deleted.length > 0 && (
          <Alert type="warning">
            {Deleted.length.toLocaleString()} users would be deleted: nobody could act as them any
            more.
          </Alert>
        )}
        {Missing > Deleted.length && (
          <Alert type="info">
            {Missing.toLocaleString()} users are not in the file. They stay, unless you choose above
            to delete them.
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
  const more = addresses.length - SHOWN
  return (
    <div>
      <Box variant="h3">
        {title} ({addresses.length.toLocaleString()})
      </Box>
      {addresses.slice(0, SHOWN).map(address => (
        <div key={address}>{address}</div>
      ))}
      {more > 0 && <Box color="text-body-secondary">and {more.toLocaleString()} more</Box>}
    </div>
  )
}
