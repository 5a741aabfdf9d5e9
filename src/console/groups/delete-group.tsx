/**
 * Dialog that deletes a group, and says which rules name it.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { GroupUse } from '../api/groups.ts'
import { Confirm } from '../parts/confirm.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { go } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { rulesInWords } from './deletion-words.ts'

type Props = { group: GroupUse; onClose: () => void }

export function DeleteGroup({ group, onClose }: Props) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const { GroupId, Name, Rules } = group
  return (
    <Confirm
      title={`Delete group ${Name}`}
      verb="Delete group"
      typed={Name}
      onClose={onClose}
      act={async () => {
        await call('EwsGateway.DeleteGroup', { GroupId })
        succeeded(`Deleted group ${Name}.`)
        go('/groups')
      }}
    >
      <SpaceBetween size="m">
        {Rules.length > 0 && (
          <Alert type="warning" header={rulesInWords(group)}>
            Allow rules for this group no longer match its members, but Allow rules that exclude the
            group still exclude them. Deny rules for this group still match its last members, but
            Deny rules that exclude the group no longer exclude them. Roles with the group in a Deny
            rule or an exception are shown as damaged.
          </Alert>
        )}
        <Box>
          The users in the group don't change. If you create a group with the same name or address
          later, this group is restored with the same ID.
        </Box>
      </SpaceBetween>
    </Confirm>
  )
}
