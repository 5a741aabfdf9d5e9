/**
 * Page that imports users from a CSV file, after a preview of the changes.
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
import { DeletionDialog } from './deletion-dialog.tsx'
import { ImportPreview } from './import-preview.tsx'
import { ImportProblems } from './import-problems.tsx'
import { planInWords } from './import-words.ts'
import { isTooLarge } from './problems.ts'

/** Previewed file and options, so that the import uses the same. */
type Previewed = { csv: string; deleteMissing: boolean; plan: ImportPlan }

export function ImportPage() {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const reading = useAction()
  const writing = useAction()
  const [files, setFiles] = useState<File[]>([])
  const [deleteMissing, setDeleteMissing] = useState(false)
  const [previewed, setPreviewed] = useState<Previewed>()
  const [isConfirming, setConfirming] = useState(false)
  const [file] = files

  const clear = () => {
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
  const write = async ({ csv, deleteMissing, plan }: Previewed) => {
    const done = await call('EwsGateway.ImportUsers', {
      Csv: csv,
      ...(deleteMissing && {
        DeleteMissing: true,
        DeleteAtMost: plan.Deleted.length,
        AcceptRemovals: plan.NeedsAcceptRemovals,
      }),
    })
    succeeded(`Imported users: ${planInWords(done)}.`)
    go('/users')
  }

  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="Preview the changes before you import. If any line is invalid, nothing is imported."
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
              description={`The column primarySmtpAddress is required. Optional columns: ${OPTIONAL_COLUMNS.join(', ')}. Separate columns by commas, semicolons, or tabs, and aliases by semicolons.`}
            >
              <FileUpload
                value={files}
                accept=".csv,text/csv"
                showFileSize
                constraintText="At most about 1 MB. For larger files, run ews-gateway users import on the gateway's host."
                onChange={({ detail }) => {
                  setFiles(detail.value)
                  clear()
                }}
                i18nStrings={{
                  uploadButtonText: () => 'Choose file',
                  dropzoneText: () => 'Drop file here',
                  removeFileAriaLabel: () => 'Remove file',
                }}
              />
            </FormField>
            <Checkbox
              checked={deleteMissing}
              description="Users who are not in the file are deleted and can no longer be impersonated."
              onChange={({ detail }) => {
                setDeleteMissing(detail.checked)
                clear()
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
                Preview changes
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
            onImport={() =>
              previewed.plan.Deleted.length > 0
                ? setConfirming(true)
                : writing.run(() => write(previewed))
            }
          />
        )}
        {previewed && isConfirming && (
          <DeletionDialog
            plan={previewed.plan}
            act={() => write(previewed)}
            onClose={() => setConfirming(false)}
          />
        )}
        {writing.error !== undefined && <ImportProblems error={writing.error} isImport />}
      </SpaceBetween>
    </ContentLayout>
  )
}

const OPTIONAL_COLUMNS = ['id', 'aliases', 'principalName', 'sid', 'displayName']

const TOO_LARGE =
  "The file is too large for the console. Run ews-gateway users import FILE on the gateway's host."
