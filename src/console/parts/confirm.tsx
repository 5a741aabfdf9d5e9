/**
 * A question before something that cannot be taken back.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import Modal from '@cloudscape-design/components/modal'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useState } from 'react'
import { describeFailure } from '../api/failure.ts'
import { useDoing } from './action.ts'

type Props = {
  title: string
  /** What will be lost, and what happens then. */
  children: ReactNode
  /** What the button says. */
  verb: string
  /** Has to be typed, where it is given. */
  typed?: string
  act: () => Promise<void>
  onClose: () => void
}

/** Closes itself when it is done; what fails is said in it. */
export function Confirm({ title, children, verb, typed, act, onClose }: Props) {
  const { isBusy, error, run } = useDoing()
  const [text, setText] = useState('')
  const mayGo = typed === undefined || text.trim() === typed
  const submit = () => {
    if (!mayGo) return
    run(async () => {
      await act()
      onClose()
    })
  }
  return (
    <Modal
      visible
      header={title}
      onDismiss={onClose}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" disabled={!mayGo} loading={isBusy} onClick={submit}>
              {verb}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <form
        onSubmit={event => {
          event.preventDefault()
          submit()
        }}
      >
        <SpaceBetween size="m">
          {children}
          {typed !== undefined && (
            <FormField label={`To confirm, type ${typed}`}>
              <Input
                value={text}
                placeholder={typed}
                autoComplete={false}
                onChange={({ detail }) => setText(detail.value)}
              />
            </FormField>
          )}
          {error !== undefined && <Alert type="error">{describeFailure(error)}</Alert>}
        </SpaceBetween>
      </form>
    </Modal>
  )
}
