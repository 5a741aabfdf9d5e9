/**
 * Frame of every page: top bar, navigation, breadcrumbs, and messages.
 *
 * @module
 */

import AppLayout from '@cloudscape-design/components/app-layout'
import Button from '@cloudscape-design/components/button'
import Flashbar, { type FlashbarProps } from '@cloudscape-design/components/flashbar'
import { Suspense, useEffect, useLayoutEffect, useState } from 'react'
import { useFlashes } from '../parts/flashes.tsx'
import { useIsPrinting } from '../parts/printing.ts'
import { Empty, Loading } from '../parts/states.tsx'
import { ROUTES } from '../routes.ts'
import type { Route } from '../routing/route.ts'
import { go, match, usePageLocation } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { useAllowedAttributes } from './allowed-attributes.ts'
import { useCrumb } from './crumb.tsx'
import { useKeptFocus } from './focus.ts'
import { Breadcrumbs, Navigation } from './navigation.tsx'
import { PageBoundary } from './page-boundary.tsx'
import { applyTheme } from './theme.ts'
import { TopBar } from './top-bar.tsx'

const WIDE = window.matchMedia('(min-width: 689px)')

export function Shell() {
  const { path } = usePageLocation()
  const { items: flashes } = useFlashes()
  const { session } = useSession()
  const items = session.breakGlass ? [...flashes, BREAK_GLASS] : flashes
  const { name } = useCrumb()
  const [isOpen, setOpen] = useState(WIDE.matches)
  const found = routeOf(path)
  useKeptFocus()
  const isPrinting = useIsPrinting()
  useLayoutEffect(() => applyTheme({ isPrinting }), [isPrinting])

  useEffect(() => {
    const title = name ?? found?.route.title
    document.title = title === undefined ? 'EWS gateway' : `${title} · EWS gateway`
  }, [name, found?.route.title])
  useAllowedAttributes()
  // biome-ignore lint/correctness/useExhaustiveDependencies: on a small screen, opening a page closes the navigation
  useEffect(() => {
    if (!WIDE.matches) setOpen(false)
  }, [path])

  return (
    <>
      <div id="top">
        <TopBar />
      </div>
      <AppLayout
        headerSelector="#top"
        toolsHide
        navigationHide={isPrinting}
        navigationOpen={isOpen}
        onNavigationChange={({ detail }) => setOpen(detail.open)}
        navigation={<Navigation active={found?.route} />}
        breadcrumbs={!isPrinting && <Breadcrumbs active={found?.route} />}
        notifications={<Flashbar items={items} stackItems={items.length > 2} />}
        content={
          <PageBoundary key={path}>
            <Suspense fallback={<Loading what="the page" />}>
              <Content found={found} />
            </Suspense>
          </PageBoundary>
        }
        ariaLabels={{
          navigation: 'Pages',
          navigationToggle: 'Open navigation',
          navigationClose: 'Close navigation',
          notifications: 'Messages',
        }}
      />
    </>
  )
}

/** Message that stays while an access key is signed in, although people sign in at an issuer. */
const BREAK_GLASS: FlashbarProps.MessageDefinition = {
  id: 'break-glass',
  type: 'warning',
  header: "You're signed in with an access key, for emergencies",
  content: 'People sign in at the issuer. The metrics, the log, and the audit show this sign-in.',
}

type Found = { route: Route; params: Readonly<Record<string, string>> }

function routeOf(path: string): Found | undefined {
  for (const route of ROUTES) {
    const params = match(route.pattern, path)
    if (params !== undefined) return { route, params }
  }
  return undefined
}

function Content({ found }: { found: Found | undefined }) {
  const { may, session } = useSession()
  if (found === undefined)
    return (
      <Empty
        isPage
        title="Page not found"
        action={<Button onClick={() => go('/')}>Go to Overview</Button>}
      >
        The console has no page at this address. Check the address.
      </Empty>
    )
  const { route, params } = found
  if (route.needs !== undefined && !may(route.needs)) {
    const open = ROUTES.find(({ inNavigation, needs }) => inNavigation && (!needs || may(needs)))
    return (
      <Empty
        isPage
        title={`${session.principalName} can't view this page`}
        action={open && <Button onClick={() => go(open.pattern)}>Go to {open.title}</Button>}
      >
        The policy of this principal doesn't allow {route.needs}. Ask an administrator for this
        permission, or sign in with another access key.
      </Empty>
    )
  }
  const Page = route.page
  return <Page params={params} />
}
