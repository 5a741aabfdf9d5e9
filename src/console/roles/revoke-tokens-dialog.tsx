/**
 * Dialog that revokes the active tokens of a role.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import type { Role } from '../api/roles.ts'
import { ActDialog } from '../parts/dialog.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { useSession } from '../session/session.ts'

type Props = { role: Role; onDone: () => void; onCancel: () => void }

export function RevokeTokensDialog({ role, onDone, onCancel }: Props) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const revoke = async () => {
    await call('EwsGateway.RevokeImpersonationRoleTokens', {
      ImpersonationRoleId: role.ImpersonationRoleId,
    })
    succeeded(
      `Revoked the active tokens of ${role.Name}. Tools that can assume the role can get new tokens. To prevent this, lock the role.`,
    )
    onDone()
  }
  return (
    <ActDialog
      title={`Revoke active tokens of ${role.Name}`}
      action="Revoke tokens"
      onAct={revoke}
      onCancel={onCancel}
    >
      <Box>
        All tokens that were issued for {role.Name} until now stop working. Streams and uploads that
        use them are cut off. The role and its access keys don't change, and tools that can assume
        the role can get new tokens. To prevent this, lock the role.
      </Box>
    </ActDialog>
  )
}
