/**
 * Dialog that adds users and groups to a group.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { GroupUse } from '../api/groups.ts'
import { ActDialog } from '../parts/dialog.tsx'
import { useFlashes } from '../parts/flashes.tsx'
import { GroupPicker } from '../parts/group-picker.tsx'
import { UserPicker } from '../parts/user-picker.tsx'
import { useSession } from '../session/session.ts'

type Props = { group: GroupUse; reload: () => void; onClose: () => void }

export function AddMembers({ group, reload, onClose }: Props) {
  const { call, may } = useSession()
  const { succeeded } = useFlashes()
  const [users, setUsers] = useState<string[]>([])
  const [groups, setGroups] = useState<string[]>([])
  return (
    <ActDialog
      title={`Add members to ${group.Name}`}
      action="Add members"
      isDisabled={users.length + groups.length === 0}
      onCancel={onClose}
      onAct={async () => {
        await call('EwsGateway.UpdateGroup', {
          GroupId: group.GroupId,
          AddUsers: users,
          AddGroups: groups,
        })
        succeeded(`Added members to ${group.Name}.`)
        reload()
        onClose()
      }}
    >
      <SpaceBetween size="l">
        <Box>
          Rules for this group, or for a group that contains it, can start to match new members.
          Rules that exclude such a group don't match new members.
        </Box>
        {may('ewsgateway:SearchUsers') && (
          <FormField label="Users">
            <UserPicker selected={users} onChange={setUsers} label="Users" />
          </FormField>
        )}
        {may('workmail:ListGroups') && (
          <FormField label="Groups" description="All their members become nested members.">
            <GroupPicker selected={groups} onChange={setGroups} />
          </FormField>
        )}
      </SpaceBetween>
    </ActDialog>
  )
}
