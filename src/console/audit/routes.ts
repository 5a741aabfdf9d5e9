/**
 * Pages of the audit.
 *
 * @module
 */

import { lazyPage, type Route } from '../routing/route.ts'

export const AUDIT_ROUTES: readonly Route[] = [
  {
    pattern: '/audit',
    title: 'Audit',
    inNavigation: true,
    needs: 'ewsgateway:ListDecisions',
    page: lazyPage(async () => (await import('./decisions.tsx')).DecisionsPage),
  },
  {
    pattern: '/audit/changes',
    title: 'Changes',
    under: '/audit',
    needs: 'ewsgateway:ListChanges',
    page: lazyPage(async () => (await import('./changes.tsx')).ChangesPage),
  },
  {
    pattern: '/audit/totals',
    title: 'Totals',
    under: '/audit',
    needs: 'ewsgateway:SummarizeDecisions',
    page: lazyPage(async () => (await import('./totals.tsx')).TotalsPage),
  },
  {
    pattern: '/audit/mailboxes/:id',
    title: 'Mailbox',
    under: '/audit',
    needs: 'ewsgateway:SummarizeDecisions',
    page: lazyPage(async () => (await import('./mailbox-page.tsx')).MailboxPage),
  },
  {
    pattern: '/audit/records/:id',
    title: 'Record',
    under: '/audit',
    needs: 'ewsgateway:GetDecision',
    page: lazyPage(async () => (await import('./record-page.tsx')).RecordPage),
  },
]
