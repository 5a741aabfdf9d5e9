/**
 * Importing users from CSV: what would change first, then the import.
 *
 * @module
 */

import Button from '@cloudscape-design/components/button'
import Checkbox from '@cloudscape-design/components/checkbox'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import FileUpload from '@cloudscape-design/components/file-upload'
import FormField from '@cloudscape-design/components/form-field'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import { decodeCsv } from '../../directory/csv-text.ts'
import type { ImportPlan } from '../api/users.ts'
import { useAction } from '../parts/action-state.ts'
import { useFlashes } from '../parts/flashes.tsx'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { ImportPreview } from './import-preview.tsx'
import { ImportProblems } from './import-problems.tsx'
import { isTooLarge } from './problems.ts'

/** What was looked at, so that exactly that is imported. */
type Previewed = { csv: string; deleteMissing: boolean; plan: ImportPlan }

export function ImportPage() {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const reading = useAction()
  const writing = useAction()
  const [files, setFiles] = useState<File[]>([])
  const [deleteMissing, setDeleteMissing] = useState(false)
  const [previewed, setPreviewed] = useState<Previewed>()
  const [file] = files

  const forget = () => {
    setPreviewed(undefined)
    reading.reset()
    writing.reset()
  }
  const preview = () =>
    reading.run(async () => {
      if (file === undefined) throw new Error('Choose a CSV file first.')
      const csv = decodeCsv(new Uint8Array(await file.arrayBuffer()))
      if (isTooLarge(csv)) throw new Error(TOO_LARGE)
      const input = { Csv: csv, DeleteMissing: deleteMissing, DryRun: true }
      const plan = await call('EwsGateway.ImportUsers', input)
      setPreviewed({ csv, deleteMissing, plan })
    })
  const write = ({ csv, deleteMissing: DeleteMissing }: Previewed) =>
    writing.run(async () => {
      const done = await call('EwsGateway.ImportUsers', { Csv: csv, DeleteMissing })
      succeeded(`Imported: ${planInWords(done)}.`)
      go('/users')
    })

  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="All or nothing. You see what would change before anything does."
        >
          Import users
        </Header>
      }
    >
      <SpaceBetween size="l">
        <Container>
          <SpaceBetween size="l">
            <FormField
              label="CSV file"
              description="Needs the column primarySmtpAddress. Optional columns: id, aliases, principalName, sid, displayName. Separate columns by commas, semicolons, or tabs, and aliases by semicolons."
            >
              <FileUpload
                value={files}
                accept=".csv,text/csv"
                showFileSize
                constraintText="Up to about 1 MB; the command line takes any size."
                onChange={({ detail }) => {
                  setFiles(detail.value)
                  forget()
                }}
                i18nStrings={{
                  uploadButtonText: () => 'Choose file',
                  dropzoneText: () => 'Drop the file here',
                  removeFileAriaLabel: () => 'Remove the file',
                }}
              />
            </FormField>
            <Checkbox
              checked={deleteMissing}
              description="The file then is the whole truth: whoever it leaves out can no longer be impersonated."
              onChange={({ detail }) => {
                setDeleteMissing(detail.checked)
                forget()
              }}
            >
              Delete users who are not in the file
            </Checkbox>
            <SpaceBetween direction="horizontal" size="xs">
              <Button
                variant={previewed === undefined ? 'primary' : 'normal'}
                loading={reading.isBusy}
                disabled={file === undefined}
                disabledReason="Choose a file first"
                onClick={preview}
              >
                Preview the changes
              </Button>
              <Button variant="link" onClick={() => go('/users')}>
                Cancel
              </Button>
            </SpaceBetween>
          </SpaceBetween>
        </Container>
        {reading.error !== undefined && <ImportProblems error={reading.error} />}
        {previewed && (
          <ImportPreview
            plan={previewed.plan}
            isBusy={writing.isBusy}
            onImport={() => write(previewed)}
          />
        )}
        {writing.error !== undefined && <ImportProblems error={writing.error} />}
      </SpaceBetween>
    </ContentLayout>
  )
}

const TOO_LARGE =
  'The file is larger than a request can be. Import it with the command line beside the gateway: ews-gateway users import FILE'

const planInWords = ({ Created, Updated, Deleted, Unchanged }: ImportPlan): string =>
  `${Created.length} created, ${Updated.length} updated, ${Deleted.length} deleted, ${Unchanged} unchanged`
