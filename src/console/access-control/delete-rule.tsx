/**
 * Deleting an access control rule.
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
    succeeded(`The rule ${rule.Name} is deleted.`)
    onDeleted()
  }
  return (
    <Confirm
      title={`Delete ${rule.Name}`}
      verb="Delete"
      act={act}
      onClose={onClose}
      {...(isLastAllowing && { typed: rule.Name })}
    >
      {isLastAllowing ? (
        <Alert type="warning" header="Nothing would be let in any more">
          This is the only rule that allows. Without it every request of every tool is refused.
        </Alert>
      ) : (
        <Box>
          {rule.Effect === 'DENY'
            ? 'What it keeps out is let in again where another rule allows it.'
            : 'What only this rule lets in is refused from then on.'}
        </Box>
      )}
    </Confirm>
  )
}
