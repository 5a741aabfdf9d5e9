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
import { useInvalidField } from './invalid-field.ts'
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
  /** Another action, as the first one. */
  other?: { action: string; onAct: () => Promise<void> } | false
  onCancel: () => void
  children: ReactNode
}

export function ActDialog(props: Props) {
  const { title, action, isDisabled = false, onAct, other, onCancel, children } = props
  const [isBusy, setBusy] = useState(false)
  const { form, focusInvalid } = useInvalidField<HTMLDivElement>()
  const [failed, setFailed] = useState<{ action: string; error: unknown }>()
  const run = async (name: string, act: () => Promise<void>) => {
    setBusy(true)
    setFailed(undefined)
    try {
      await act()
    } catch (error) {
      setFailed({ action: name, error })
      setBusy(false)
      focusInvalid()
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
            {other && (
              <Button
                disabled={isDisabled || isBusy}
                onClick={() => void run(other.action, other.onAct)}
              >
                {other.action}
              </Button>
            )}
            <Button
              variant="primary"
              loading={isBusy}
              disabled={isDisabled}
              onClick={() => void run(action, onAct)}
            >
              {action}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <div ref={form}>
        <SpaceBetween size="l">
          {failed && !isAtFields(failed.error) && (
            <Failed error={failed.error} title={cannot(failed.action)} />
          )}
          {children}
        </SpaceBetween>
      </div>
    </Modal>
  )
}

const cannot = (action: string) => `Cannot ${action.slice(0, 1).toLowerCase()}${action.slice(1)}`
