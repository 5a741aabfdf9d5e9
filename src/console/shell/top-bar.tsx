/**
 * Top bar: the organization, the theme, and the signed-in principal.
 *
 * @module
 */

import TopNavigation, {
  type TopNavigationProps,
} from '@cloudscape-design/components/top-navigation'
import { go, hrefOf } from '../routing/router.ts'
import { useSession } from '../session/session.ts'
import { type Theme, useTheme } from './theme.ts'

const THEMES: Readonly<Record<Theme, string>> = {
  system: 'System default',
  light: 'Light',
  dark: 'Dark',
}

export function TopBar() {
  const { session, signOut } = useSession()
  const [theme, setTheme] = useTheme()
  const utilities: TopNavigationProps.Utility[] = [
    {
      type: 'menu-dropdown',
      iconName: 'settings',
      ariaLabel: 'Theme',
      title: 'Theme',
      items: Object.entries(THEMES).map(([id, text]) => ({
        id,
        text: id === theme ? `${text} (selected)` : text,
      })),
      onItemClick: ({ detail }) => setTheme(detail.id as Theme),
    },
    {
      type: 'menu-dropdown',
      text: session.principalName,
      description: session.accessKeyId ?? `Signed in with ${session.issuerName}`,
      iconName: 'user-profile',
      items: [{ id: 'sign-out', text: 'Sign out' }],
      onItemClick: signOut,
    },
  ]
  return (
    <TopNavigation
      identity={{
        href: hrefOf('/'),
        title: `EWS gateway · ${session.organizationAlias}`,
        onFollow: event => {
          event.preventDefault()
          go('/')
        },
      }}
      utilities={utilities}
    />
  )
}
