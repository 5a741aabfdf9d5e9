/**
 * States of a page without content: loading, empty, and failed. Each says what to do next.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import type { ReactNode } from 'react'
import { canRetry, describeFailure } from '../api/failure.ts'

export function Loading({ what }: { what: string }) {
  return (
    <Box textAlign="center" padding="xl" color="text-body-secondary">
      <Spinner /> Loading {what}
    </Box>
  )
}

type EmptyProps = {
  title: string
  children?: ReactNode
  action?: ReactNode
  /** Whether this is all of a page, so that the title is its heading. */
  isPage?: boolean
}

/** Says why there is nothing to show, and offers an action. */
export function Empty({ title, children, action, isPage = false }: EmptyProps) {
  return (
    <Box textAlign="center" padding={{ vertical: 'l', horizontal: 's' }}>
      <SpaceBetween size="xs">
        <Box variant={isPage ? 'h1' : 'strong'}>{title}</Box>
        {children !== undefined && <Box color="text-body-secondary">{children}</Box>}
        {action}
      </SpaceBetween>
    </Box>
  )
}

type FailedProps = { error: unknown; title?: string; onRetry?: () => void }

/** Describes an error, with a button to try again if that can help. */
export function Failed({ error, title = 'Cannot load this data', onRetry }: FailedProps) {
  return (
    <Alert
      type="error"
      action={onRetry && canRetry(error) && <Button onClick={onRetry}>Try again</Button>}
      header={title}
    >
      {describeFailure(error)}
    </Alert>
  )
}
