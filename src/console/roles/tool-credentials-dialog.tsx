/**
 * Settings of a tool that has been given a role, and its first requests.
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

type Props = { role: Role; given: ToolCredentials; name: string; onClose: () => void }

export function ToolCredentialsDialog({ role, given, name, onClose }: Props) {
  const { may } = useSession()
  const { EwsUrl, UserName, Password, PrincipalId } = given
  const told = [
    ['EWS URL', EwsUrl],
    ['User name', UserName],
    ['Password', Password],
  ] as const
  return (
    <Modal
      visible
      size="large"
      header={`${name} can act now`}
      // Nothing but the button closes it, because it shows the password only once.
      onDismiss={({ detail }) => detail.reason !== 'overlay' && onClose()}
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
          If it is lost, create another access key.
        </Alert>
        {EwsUrl === undefined && <PublicUrlNotice />}
        <KeyValuePairs
          columns={1}
          items={told.flatMap(([label, value]) =>
            value === undefined ? [] : [{ label, value: <Copy value={value} what={label} /> }],
          )}
        />
        <ClientSettings role={role} given={given} />
        {may('ewsgateway:ListDecisions') && <FirstRequest principalId={PrincipalId} />}
      </SpaceBetween>
    </Modal>
  )
}
