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
import { askBeforeLeaving, go } from '../routing/router.ts'

/** Asks for confirmation before the page is left while `isDirty` is true. */
export function Unsaved({ isDirty }: { isDirty: boolean }) {
  const [leave, setLeave] = useState<() => void>()

  useEffect(() => {
    if (!isDirty) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    askBeforeLeaving(proceed => setLeave(() => proceed))
    return () => {
      window.removeEventListener('beforeunload', warn)
      askBeforeLeaving(undefined)
    }
  }, [isDirty])

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
            <Button variant="primary" onClick={() => leave?.()}>
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

/** Opens another page without confirmation, because the user already decided. */
export function leave(path: string): void {
  askBeforeLeaving(undefined)
  go(path)
}
