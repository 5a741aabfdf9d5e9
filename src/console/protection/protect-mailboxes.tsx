/**
 * Dialog that protects further users and groups.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import FormField from '@cloudscape-design/components/form-field'
import { useState } from 'react'
import { ActDialog } from '../parts/dialog.tsx'
import { GroupPicker } from '../parts/group-picker.tsx'
import { UserPicker } from '../parts/user-picker.tsx'
import { useSession } from '../session/session.ts'
import { joined, type Save } from './change.ts'

type Props = { save: Save; onClose: () => void }

export function ProtectMailboxes({ save, onClose }: Props) {
  const { may } = useSession()
  const [users, setUsers] = useState<string[]>([])
  const [groups, setGroups] = useState<string[]>([])
  return (
    <ActDialog
      title="Protect mailboxes"
      action="Protect mailboxes"
      isDisabled={users.length + groups.length === 0}
      onCancel={onClose}
      onAct={async () => {
        await save(
          ({ Users, Groups }) => ({ Users: joined(Users, users), Groups: joined(Groups, groups) }),
          'Protected the mailboxes.',
        )
        onClose()
      }}
    >
      <Box>
        All roles without an exception lose access to these mailboxes. Open streams and uploads end.
      </Box>
      {may('ewsgateway:SearchUsers') && (
        <FormField label="Users">
          <UserPicker selected={users} onChange={setUsers} label="Users" />
        </FormField>
      )}
      {may('workmail:ListGroups') && (
        <FormField
          label="Groups"
          description="Members of nested groups, and users who join later, are protected too."
        >
          <GroupPicker selected={groups} onChange={setGroups} />
        </FormField>
      )}
    </ActDialog>
  )
}
