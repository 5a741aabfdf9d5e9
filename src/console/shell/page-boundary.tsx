/**
 * Shows an error in place of a page that threw one, and keeps the other pages usable.
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
        header="Cannot show this page"
        action={<Button onClick={() => window.location.reload()}>Reload page</Button>}
      >
        The gateway might have been updated after you opened the console. Reload the page to use the
        new version.
      </Alert>
    )
  }
}
