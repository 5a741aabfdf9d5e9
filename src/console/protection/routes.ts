/**
 * Page for protected mailboxes.
 *
 * @module
 */

import { lazyPage, type Route } from '../routing/route.ts'

export const PROTECTION_ROUTES: readonly Route[] = [
  {
    pattern: '/protected-mailboxes',
    title: 'Protected mailboxes',
    inNavigation: true,
    needs: 'ewsgateway:GetProtectedMailboxes',
    page: lazyPage(async () => (await import('./protected-mailboxes.tsx')).ProtectedMailboxesPage),
  },
]
