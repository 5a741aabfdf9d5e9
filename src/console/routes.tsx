/**
 * The pages of the console, each loaded when it is first opened.
 *
 * @module
 */

import { later, type Route } from './routing/route.ts'

export const ROUTES: readonly Route[] = [
  {
    pattern: '/',
    title: 'Overview',
    inNavigation: true,
    needs: 'ewsgateway:DescribeOverview',
    page: later(async () => (await import('./overview/overview.tsx')).OverviewPage),
  },
  {
    pattern: '/roles',
    title: 'Impersonation roles',
    inNavigation: true,
    needs: 'ewsgateway:ListRoleSummaries',
    page: later(async () => (await import('./roles/roles.tsx')).RolesPage),
  },
  {
    pattern: '/roles/new',
    title: 'Create role',
    under: '/roles',
    needs: 'workmail:CreateImpersonationRole',
    page: later(async () => (await import('./roles/create.tsx')).CreateRolePage),
  },
  {
    pattern: '/roles/:roleId',
    title: 'Role',
    under: '/roles',
    needs: 'ewsgateway:DescribeImpersonationRole',
    page: later(async () => (await import('./roles/role.tsx')).RolePage),
  },
  {
    pattern: '/roles/:roleId/edit',
    title: 'Edit role',
    under: '/roles',
    needs: 'ewsgateway:PutImpersonationRole',
    page: later(async () => (await import('./roles/edit.tsx')).EditRolePage),
  },
]
