/**
 * Pages for groups.
 *
 * @module
 */

import { lazyPage, type Route } from '../routing/route.ts'

export const GROUP_ROUTES: readonly Route[] = [
  {
    pattern: '/groups',
    title: 'Groups',
    inNavigation: true,
    needs: 'ewsgateway:SearchGroups',
    page: lazyPage(async () => (await import('./pages.ts')).GroupsPage),
  },
  {
    pattern: '/groups/new',
    title: 'Create group',
    under: '/groups',
    needs: 'ewsgateway:PutGroup',
    page: lazyPage(async () => (await import('./pages.ts')).NewGroupPage),
  },
  {
    pattern: '/groups/:id',
    title: 'Group',
    under: '/groups',
    needs: 'ewsgateway:DescribeGroupUse',
    page: lazyPage(async () => (await import('./pages.ts')).GroupPage),
  },
  {
    pattern: '/groups/:id/edit',
    title: 'Edit group',
    under: '/groups',
    needs: 'ewsgateway:UpdateGroup',
    page: lazyPage(async () => (await import('./pages.ts')).EditGroupPage),
  },
]
