/**
 * Asks for confirmation of an import that deletes users. The administrator enters their number.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Checkbox from '@cloudscape-design/components/checkbox'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useState } from 'react'
import type { ImportPlan } from '../api/users.ts'
import { Confirm } from '../parts/confirm.tsx'
import { deletionInWords } from './import-words.ts'

type Props = { plan: ImportPlan; act: () => Promise<void>; onClose: () => void }

export function DeletionDialog({ plan, act, onClose }: Props) {
  const [isAccepted, setAccepted] = useState(!plan.NeedsAcceptRemovals)
  const count = plan.Deleted.length
  return (
    <Confirm
      title={`Import and delete ${count.toLocaleString()} ${count === 1 ? 'user' : 'users'}`}
      verb="Import and delete"
      typed={String(count)}
      isDisabled={!isAccepted}
      act={act}
      onClose={onClose}
    >
      <SpaceBetween size="m">
        <Alert type="warning">{deletionInWords(plan)}</Alert>
        {plan.NeedsAcceptRemovals && (
          <Checkbox checked={isAccepted} onChange={({ detail }) => setAccepted(detail.checked)}>
            Delete more than 10% of the users
          </Checkbox>
        )}
      </SpaceBetween>
    </Confirm>
  )
}
