/**
 * Header and tabs of every audit view.
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
  { path: '/audit/totals', label: 'Totals', needs: 'ewsgateway:SummarizeDecisions' },
]

/** Keeps time and filters when the user changes the view. */
export function AuditFrame({ children }: { children: ReactNode }) {
  const { may } = useSession()
  const { path, search } = usePageLocation()
  return (
    <ContentLayout
      header={
        <Header
          variant="h1"
          description="Decisions and changes, with who made them and why. Entries appear within about a second. The authoritative record is the audit journal: the files in the folder that audit.journal in the configuration names."
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
