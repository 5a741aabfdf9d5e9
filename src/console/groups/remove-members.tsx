/**
 * Dialog that removes users or groups from a group.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { GroupUse } from '../api/groups.ts'
import { Confirm } from '../parts/confirm.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { useSession } from '../session/session.ts'

/** Maximum number of members that the dialog lists. */
const MAX_SHOWN = 10

type Props = {
  group: GroupUse
  members: readonly Readonly<{ id: string; name: string }>[]
  kind: 'user' | 'group'
  onRemoved: () => void
  onClose: () => void
}

export function RemoveMembers({ group, members, kind, onRemoved, onClose }: Props) {
  const { call } = useSession()
  const { succeeded } = useFlashes()
  const what = members.length === 1 ? `1 ${kind}` : `${members.length} ${kind}s`
  const more = members.length - MAX_SHOWN
  return (
    <Confirm
      title={`Remove ${what} from ${group.Name}`}
      verb={members.length === 1 ? `Remove ${kind}` : `Remove ${kind}s`}
      onClose={onClose}
      act={async () => {
        await call('EwsGateway.UpdateGroup', {
          GroupId: group.GroupId,
          [kind === 'user' ? 'RemoveUsers' : 'RemoveGroups']: members.map(({ id }) => id),
        })
        succeeded(`Removed ${what} from ${group.Name}.`)
        onRemoved()
      }}
    >
      <SpaceBetween size="s">
        <Box>
          Rules for this group, or for a group that contains it, can stop matching them. Rules that
          exclude such a group can start to match them.
        </Box>
        <div>
          {members.slice(0, MAX_SHOWN).map(({ id, name }) => (
            <div key={id}>{name}</div>
          ))}
          {more > 0 && <Box color="text-body-secondary">And {more.toLocaleString()} more</Box>}
        </div>
      </SpaceBetween>
    </Confirm>
  )
}
