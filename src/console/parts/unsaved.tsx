/**
 * Keeps the reader from losing what is not saved.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useEffect, useState } from 'react'
import { askBeforeLeaving, go } from '../routing/router.ts'

/** Asks before the page is left while `isDirty`. */
export function Unsaved({ isDirty }: { isDirty: boolean }) {
  const [leave, setLeave] = useState<() => void>()

  useEffect(() => {
    if (!isDirty) return
    const warn = (event: BeforeUnloadEvent) => event.preventDefault()
    window.addEventListener('beforeunload', warn)
    askBeforeLeaving(goOn => setLeave(() => goOn))
    return () => {
      window.removeEventListener('beforeunload', warn)
      askBeforeLeaving(undefined)
    }
  }, [isDirty])

  return (
    <Modal
      visible={leave !== undefined}
      header="Leave without saving?"
      onDismiss={() => setLeave(undefined)}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={() => setLeave(undefined)}>
              Stay here
            </Button>
            <Button variant="primary" onClick={() => leave?.()}>
              Leave
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      What you have written on this page is not saved, and would be lost.
    </Modal>
  )
}

/** Leaves for another page without asking: the reader has said so. */
export function leave(path: string): void {
  askBeforeLeaving(undefined)
  go(path)
}
