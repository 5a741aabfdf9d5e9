/**
 * Side navigation and breadcrumbs.
 *
 * @module
 */

import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group'
import SideNavigation from '@cloudscape-design/components/side-navigation'
import { ROUTES } from '../routes.ts'
import type { Route } from '../routing/route.ts'
import { follow, hrefOf } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { useCrumb } from './crumb.tsx'

export function Navigation({ active }: { active: Route | undefined }) {
  const { may } = useSession()
  const offered = ROUTES.filter(
    ({ inNavigation, needs }) => inNavigation && (needs === undefined || may(needs)),
  )
  return (
    <SideNavigation
      activeHref={hrefOf(topOf(active)?.pattern ?? '')}
      onFollow={follow}
      items={offered.map(({ title, pattern }) => ({
        type: 'link',
        text: title,
        href: hrefOf(pattern),
      }))}
    />
  )
}

export function Breadcrumbs({ active }: { active: Route | undefined }) {
  const { session } = useSession()
  const { name } = useCrumb()
  const trail = active === undefined ? [] : [...above(active), active]
  return (
    <BreadcrumbGroup
      ariaLabel="Breadcrumbs"
      onFollow={follow}
      items={[
        { text: session.organizationAlias, href: hrefOf('/') },
        ...trail.map(route => ({
          text: route === active ? (name ?? route.title) : route.title,
          href: hrefOf(route.pattern),
        })),
      ]}
    />
  )
}

function above(route: Route): Route[] {
  const parent = ROUTES.find(({ pattern }) => pattern === route.under)
  return parent === undefined ? [] : [...above(parent), parent]
}

const topOf = (route: Route | undefined): Route | undefined =>
  route === undefined ? undefined : (above(route)[0] ?? route)
