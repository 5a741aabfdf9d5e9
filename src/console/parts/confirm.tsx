/**
 * Asks for confirmation of an action that cannot be undone.
 *
 * @module
 */

import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { type ReactNode, useState } from 'react'
import { ActDialog } from './dialog.tsx'

type Props = {
  title: string
  /** Effects of the action. */
  children: ReactNode
  /** Text of the button. */
  verb: string
  /** Text that the user must type before the button is enabled, if any. */
  typed?: string
  /** Whether the button is disabled although the text was typed. */
  isDisabled?: boolean
  act: () => Promise<void>
  onClose: () => void
}

/** Closes when the action has succeeded, and shows the error if it failed. */
export function Confirm({ title, children, verb, typed, isDisabled, act, onClose }: Props) {
  const [text, setText] = useState('')
  return (
    <ActDialog
      title={title}
      action={verb}
      isDisabled={isDisabled || (typed !== undefined && text.trim() !== typed)}
      onCancel={onClose}
      onAct={async () => {
        await act()
        onClose()
      }}
    >
      {children}
      {typed !== undefined && (
        <FormField label={`To confirm, enter ${typed}`}>
          <Input
            value={text}
            placeholder={typed}
            autoComplete={false}
            onChange={({ detail }) => setText(detail.value)}
          />
        </FormField>
      )}
    </ActDialog>
  )
}
