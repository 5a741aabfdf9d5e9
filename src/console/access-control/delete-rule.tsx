/**
 * Dialog that deletes an access control rule.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import type { AccessControlRule } from '../api/access-control.ts'
import { Confirm } from '../parts/confirm.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { useSession } from '../session/session.ts'

type Props = {
  rule: AccessControlRule
  isLastAllowing: boolean
  onClose: () => void
  onDeleted: () => void
}

export function DeleteRule({ rule, isLastAllowing, onClose, onDeleted }: Props) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const act = async () => {
    await call('WorkMailService.DeleteAccessControlRule', { Name: rule.Name })
    succeeded(`Deleted rule ${rule.Name}.`)
    onDeleted()
  }
  return (
    <Confirm
      title={`Delete rule ${rule.Name}`}
      verb="Delete rule"
      act={act}
      onClose={onClose}
      {...(isLastAllowing && { typed: rule.Name })}
    >
      {isLastAllowing ? (
        <Alert type="warning" header="All requests will be denied">
          This is the only Allow rule. If you delete it, the gateway denies all requests of all
          tools.
        </Alert>
      ) : (
        <Box>
          {rule.Effect === 'DENY'
            ? 'Requests that only this rule denies are allowed again if another rule allows them.'
            : 'Requests that only this rule allows are denied.'}
        </Box>
      )}
    </Confirm>
  )
}
