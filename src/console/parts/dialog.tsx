/**
 * Dialog with one action and a button to cancel.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useState } from 'react'
import { Failed } from './states.tsx'
import { isAtFields } from './taken.ts'

type Props = {
  title: string
  /** Text of the button that runs the action. */
  action: string
  /** Whether the button is disabled. */
  isDisabled?: boolean
  /** @throws an error, which the dialog shows; the dialog stays open */
  onAct: () => Promise<void>
  onCancel: () => void
  children: ReactNode
}

export function ActDialog({ title, action, isDisabled, onAct, onCancel, children }: Props) {
  const [isBusy, setBusy] = useState(false)
  const [error, setError] = useState<unknown>()
  const act = async () => {
    setBusy(true)
    setError(undefined)
    try {
      await onAct()
    } catch (problem) {
      setError(problem)
      setBusy(false)
    }
  }
  return (
    <Modal
      visible
      header={title}
      onDismiss={onCancel}
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onCancel}>
              Cancel
            </Button>
            <Button
              variant="primary"
              loading={isBusy}
              disabled={isDisabled ?? false}
              onClick={() => void act()}
            >
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="l">
        {error !== undefined && !isAtFields(error) && (
          <Failed
            error={error}
            title={`Cannot ${action.slice(0, 1).toLowerCase()}${action.slice(1)}`}
          />
        )}
        {children}
      </SpaceBetween>
    </Modal>
  )
}
