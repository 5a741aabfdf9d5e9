/**
 * Pages of the console, each loaded when it is first opened.
 *
 * @module
 */

import { ACCESS_CONTROL_ROUTES } from './access-control/routes.ts'
import { AUDIT_ROUTES } from './audit/routes.ts'
import { GROUP_ROUTES } from './groups/routes.ts'
import { PRINCIPAL_ROUTES } from './principals/routes.ts'
import { PROTECTION_ROUTES } from './protection/routes.ts'
import { lazyPage, type Route } from './routing/route.ts'
import { USER_ROUTES } from './users/routes.ts'

export const ROUTES: readonly Route[] = [
  {
    pattern: '/',
    title: 'Overview',
    inNavigation: true,
    needs: 'ewsgateway:DescribeOverview',
    page: lazyPage(async () => (await import('./overview/overview.tsx')).OverviewPage),
  },
  {
    pattern: '/roles',
    title: 'Impersonation roles',
    inNavigation: true,
    needs: 'ewsgateway:ListRoleSummaries',
    page: lazyPage(async () => (await import('./roles/roles.tsx')).RolesPage),
  },
  {
    pattern: '/roles/new',
    title: 'Create role',
    under: '/roles',
    needs: 'ewsgateway:PutImpersonationRole',
    page: lazyPage(async () => (await import('./roles/create.tsx')).CreateRolePage),
  },
  {
    pattern: '/roles/:roleId',
    title: 'Role',
    under: '/roles',
    needs: 'ewsgateway:DescribeImpersonationRole',
    page: lazyPage(async () => (await import('./roles/role.tsx')).RolePage),
  },
  {
    pattern: '/roles/:roleId/edit',
    title: 'Edit role',
    under: '/roles',
    needs: 'ewsgateway:PutImpersonationRole',
    page: lazyPage(async () => (await import('./roles/edit.tsx')).EditRolePage),
  },
  ...USER_ROUTES,
  ...GROUP_ROUTES,
  ...ACCESS_CONTROL_ROUTES,
  ...PROTECTION_ROUTES,
  ...PRINCIPAL_ROUTES,
  ...AUDIT_ROUTES,
]
