/**
 * Pages for access control rules.
 *
 * @module
 */

import { lazyPage, type Route } from '../routing/route.ts'

export const ACCESS_CONTROL_ROUTES: readonly Route[] = [
  {
    pattern: '/access-control',
    title: 'Access control',
    inNavigation: true,
    needs: 'workmail:ListAccessControlRules',
    page: lazyPage(async () => (await import('./rules.tsx')).AccessControlPage),
  },
  {
    pattern: '/access-control/new',
    title: 'Create access control rule',
    under: '/access-control',
    needs: 'ewsgateway:ReplaceAccessControlRule',
    page: lazyPage(async () => (await import('./edit-rule.tsx')).NewRulePage),
  },
  {
    pattern: '/access-control/rules/:name',
    title: 'Access control rule',
    under: '/access-control',
    needs: 'ewsgateway:ReplaceAccessControlRule',
    page: lazyPage(async () => (await import('./edit-rule.tsx')).EditRulePage),
  },
]
