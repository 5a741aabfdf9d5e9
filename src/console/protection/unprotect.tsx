/**
 * Dialog that ends the protection of users or groups.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import { Confirm } from '../parts/confirm.tsx'
import type { Kind, Row, Save } from './change.ts'

/** Maximum number of users or groups that the dialog lists. */
const MAX_SHOWN = 10

type Props = {
  kind: Kind
  rows: readonly Row[]
  save: Save
  onRemoved: () => void
  onClose: () => void
}

export function Unprotect({ kind, rows, save, onRemoved, onClose }: Props) {
  const what = rows.length === 1 ? kind : `${kind}s`
  const count = `${rows.length.toLocaleString()} ${what}`
  const more = rows.length - MAX_SHOWN
  const list = kind === 'user' ? 'Users' : 'Groups'
  return (
    <Confirm
      title={`Remove ${count} from the protected mailboxes`}
      verb={`Remove ${what}`}
      onClose={onClose}
      act={async () => {
        const removed = new Set(rows.map(({ id }) => id))
        await save(
          lists => ({ [list]: lists[list].filter(id => !removed.has(id)) }),
          `Removed ${count} from the protected mailboxes.`,
        )
        onRemoved()
      }}
    >
      <Alert type="warning">
        Roles whose rules allow {kind === 'user' ? 'these users' : 'members of these groups'} reach
        their mailboxes again.
      </Alert>
      <div>
        {rows.slice(0, MAX_SHOWN).map(({ id, name = id }) => (
          <div key={id}>{name}</div>
        ))}
        {more > 0 && <Box color="text-body-secondary">And {more.toLocaleString()} more</Box>}
      </div>
    </Confirm>
  )
}
