/**
 * Page with a form, its errors, and buttons to save and cancel.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Form from '@cloudscape-design/components/form'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import type { ReactNode } from 'react'
import { describeFailure } from '../api/failure.ts'
import type { FormState } from './form.ts'
import { useFocusRejected } from './invalid-field.ts'
import { isAtFields } from './taken.ts'
import { Unsaved } from './unsaved.tsx'

type Props = {
  title: string
  description?: string | undefined
  onSave: () => void
  onCancel: () => void
  state: Pick<FormState<unknown>, 'action' | 'isDirty' | 'rejections'>
  /** Content above the fields, such as a version conflict. */
  notice?: ReactNode
  /** Text of the button that saves, such as "Create user". */
  verb: string
  children: ReactNode
}

export function FormPage(props: Props) {
  const { title, description, onSave, onCancel, notice, verb, children } = props
  const { action, isDirty } = props.state
  const form = useFocusRejected<HTMLFormElement>(props.state)
  return (
    <form
      ref={form}
      onSubmit={event => {
        event.preventDefault()
        onSave()
      }}
    >
      <ContentLayout
        header={
          <Header variant="h1" description={description}>
            {title}
          </Header>
        }
      >
        <Form
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button variant="link" formAction="none" onClick={onCancel}>
                Cancel
              </Button>
              <Button variant="primary" loading={action.isBusy}>
                {verb}
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            {notice}
            <Container>
              <SpaceBetween size="l">{children}</SpaceBetween>
            </Container>
            <Unsaved isDirty={isDirty && !action.isBusy} />
            {action.error !== undefined && !isAtFields(action.error) && (
              <Alert type="error">{describeFailure(action.error)}</Alert>
            )}
          </SpaceBetween>
        </Form>
      </ContentLayout>
    </form>
  )
}
