/**
 * A page that breaks leaves the others alone.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import { Component, type ReactNode } from 'react'

type Props = { children: ReactNode }

export class PageBoundary extends Component<Props, { isBroken: boolean }> {
  override state = { isBroken: false }

  static getDerivedStateFromError() {
    return { isBroken: true }
  }

  override render() {
    if (!this.state.isBroken) return this.props.children
    return (
      <Alert
        type="error"
        header="This page could not be shown"
        action={<Button onClick={() => window.location.reload()}>Load it anew</Button>}
      >
        The gateway may have been updated since you opened the console. Loading the page anew brings
        the two together again.
      </Alert>
    )
  }
}
