/**
 * Pages for principals.
 *
 * @module
 */

import { lazyPage, type Route } from '../routing/route.ts'

export const PRINCIPAL_ROUTES: readonly Route[] = [
  {
    pattern: '/principals',
    title: 'Principals',
    inNavigation: true,
    needs: 'ewsgateway:ListPrincipals',
    page: lazyPage(async () => (await import('./principals.tsx')).PrincipalsPage),
  },
  {
    pattern: '/principals/new',
    title: 'Create principal',
    under: '/principals',
    needs: 'ewsgateway:CreatePrincipal',
    page: lazyPage(async () => (await import('./edit-principal.tsx')).NewPrincipalPage),
  },
  {
    pattern: '/principals/:id',
    title: 'Principal',
    under: '/principals',
    needs: 'ewsgateway:GetPrincipal',
    page: lazyPage(async () => (await import('./principal.tsx')).PrincipalPage),
  },
  {
    pattern: '/principals/:id/edit',
    title: 'Edit principal',
    under: '/principals',
    needs: 'ewsgateway:UpdatePrincipal',
    page: lazyPage(async () => (await import('./edit-principal.tsx')).EditPrincipalPage),
  },
]
