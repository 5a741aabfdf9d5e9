/**
 * A question before something that cannot be taken back.
 *
 * @module
 */

import FormField from '@cloudscape-design/components/form-field'
import Input from '@cloudscape-design/components/input'
import { type ReactNode, useState } from 'react'
import { ActDialog } from './dialog.tsx'

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

/** Closes itself when it is done. */
export function Confirm({ title, children, verb, typed, act, onClose }: Props) {
  const [text, setText] = useState('')
  return (
    <ActDialog
      title={title}
      action={verb}
      isDisabled={typed !== undefined && text.trim() !== typed}
      onCancel={onClose}
      onAct={async () => {
        await act()
        onClose()
      }}
    >
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
    </ActDialog>
  )
}
