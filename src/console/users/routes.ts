/**
 * Pages for users.
 *
 * @module
 */

import { lazyPage, type Route } from '../routing/route.ts'

export const USER_ROUTES: readonly Route[] = [
  {
    pattern: '/users',
    title: 'Users',
    inNavigation: true,
    needs: 'ewsgateway:SearchUsers',
    page: lazyPage(async () => (await import('./users.tsx')).UsersPage),
  },
  {
    pattern: '/users/new',
    title: 'Create user',
    under: '/users',
    needs: 'ewsgateway:PutUser',
    page: lazyPage(async () => (await import('./edit-user.tsx')).NewUserPage),
  },
  {
    pattern: '/users/import',
    title: 'Import users',
    under: '/users',
    needs: 'ewsgateway:ImportUsers',
    page: lazyPage(async () => (await import('./import.tsx')).ImportPage),
  },
  {
    pattern: '/users/:id',
    title: 'User',
    under: '/users',
    needs: 'ewsgateway:GetUser',
    page: lazyPage(async () => (await import('./user.tsx')).UserPage),
  },
  {
    pattern: '/users/:id/edit',
    title: 'Edit user',
    under: '/users',
    needs: 'ewsgateway:PutUser',
    page: lazyPage(async () => (await import('./edit-user.tsx')).EditUserPage),
  },
]
