/**
 * Warns before the user leaves a page with unsaved changes.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useEffect, useState } from 'react'
import { askBeforeLeaving } from '../routing/router.ts'

/** Asks for confirmation before the page is left while `isDirty` is true. */
export function Unsaved({ isDirty }: { isDirty: boolean }) {
  const [leave, setLeave] = useState<() => void>()

  useEffect(() => {
    if (!isDirty) return
    return askBeforeLeaving(proceed => setLeave(() => proceed))
  }, [isDirty])
  const proceed = () => {
    setLeave(undefined)
    leave?.()
  }

  return (
    <Modal
      visible={leave !== undefined}
      header="Leave page"
      onDismiss={() => setLeave(undefined)}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={() => setLeave(undefined)}>
              Cancel
            </Button>
            <Button variant="primary" onClick={proceed}>
              Leave
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      Your changes on this page are not saved. If you leave the page, they are lost.
    </Modal>
  )
}
