/**
 * What stands around every view of the audit: its name, and the way to the others.
 *
 * @module
 */

import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Tabs from '@cloudscape-design/components/tabs'
import type { ReactNode } from 'react'
import type { Permission } from '../api/actions.ts'
import { go, hrefOf, usePageLocation } from '../routing/router.ts'
import { useSession } from '../session/session.ts'

const VIEWS: readonly { path: string; label: string; needs: Permission }[] = [
  { path: '/audit', label: 'Decisions', needs: 'ewsgateway:ListDecisions' },
  { path: '/audit/changes', label: 'Changes', needs: 'ewsgateway:ListChanges' },
  { path: '/audit/sums', label: 'Sums', needs: 'ewsgateway:SummarizeDecisions' },
]

/** Time and filters stay when the reader goes from one view to another. */
export function AuditFrame({ children }: { children: ReactNode }) {
  const { may } = useSession()
  const { path, search } = usePageLocation()
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="What was decided and changed, by whom, and why. It is a second behind; the audit’s file is the record."
        >
          Audit
        </Header>
      }
    >
      <Tabs
        ariaLabel="Views"
        activeTabId={path}
        onChange={({ detail }) => go(`${detail.activeTabId}${search}`)}
        tabs={VIEWS.filter(({ needs }) => may(needs)).map(view => ({
          id: view.path,
          label: view.label,
          href: hrefOf(`${view.path}${search}`),
          content: view.path === path && <SpaceBetween size="l">{children}</SpaceBetween>,
        }))}
      />
    </ContentLayout>
  )
}
