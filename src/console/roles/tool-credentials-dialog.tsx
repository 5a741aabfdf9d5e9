/**
 * Dialog with the credentials and settings of a new tool, and its first requests.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { Role, ToolCredentials } from '../api/roles.ts'
import { Copy } from '../parts/copy.tsx'
import { PublicUrlNotice } from '../parts/public-url.tsx'
import { useSession } from '../session/session.ts'
import { ClientSettings } from './client-settings.tsx'
import { FirstRequest } from './first-request.tsx'
import { NobodyNotice } from './nobody-notice.tsx'
import { useReached } from './use-reached.ts'

type Props = { role: Role; credentials: ToolCredentials; name: string; onClose: () => void }

export function ToolCredentialsDialog({ role, credentials, name, onClose }: Props) {
  const { may } = useSession()
  const reached = useReached(role)
  const { EwsUrl, UserName, Password, PrincipalId } = credentials
  const values = [
    ['EWS URL', EwsUrl],
    ['User name', UserName],
    ['Password', Password],
  ] as const
  return (
    <Modal
      visible
      size="large"
      header={`Access key created for ${name}`}
      // Neither a click outside of the dialog nor Esc closes it, because it shows the password only once.
      onDismiss={({ detail }) => detail.reason === 'closeButton' && onClose()}
      footer={
        <Box float="right">
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        </Box>
      }
    >
      <SpaceBetween size="l">
        <Alert type="warning" header="Save this password. You can't view it again.">
          Copy the user name and the password to the tool before you close this dialog. If you lose
          the password, create another access key.
        </Alert>
        {EwsUrl === undefined && <PublicUrlNotice />}
        <KeyValuePairs
          columns={1}
          items={values.flatMap(([label, value]) =>
            value === undefined ? [] : [{ label, value: <Copy value={value} what={label} /> }],
          )}
        />
        <NobodyNotice role={role} reached={reached} />
        <ClientSettings credentials={credentials} allowed={reached.mailbox} />
        {may('ewsgateway:ListDecisions') && <FirstRequest principalId={PrincipalId} />}
      </SpaceBetween>
    </Modal>
  )
}
