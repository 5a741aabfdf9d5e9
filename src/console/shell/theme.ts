/**
 * Light or dark: as the reader chose, else as the system is.
 *
 * @module
 */

import { applyMode, Mode } from '@cloudscape-design/global-styles'
import { useEffect, useState } from 'react'

const KEPT = 'ews-gateway-theme'
const system = window.matchMedia('(prefers-color-scheme: dark)')

export type Theme = 'light' | 'dark' | 'system'

const chosen = (): Theme => {
  const kept = localStorage.getItem(KEPT)
  return kept === 'light' || kept === 'dark' ? kept : 'system'
}

/** Before the first page, and whenever the choice or the system changes. */
export function applyTheme(): void {
  const theme = chosen()
  const isDark = theme === 'dark' || (theme === 'system' && system.matches)
  applyMode(isDark ? Mode.Dark : Mode.Light)
  document.documentElement.classList.toggle('dark', isDark)
}

export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(chosen)
  useEffect(() => {
    system.addEventListener('change', applyTheme)
    return () => system.removeEventListener('change', applyTheme)
  }, [])
  const choose = (next: Theme) => {
    if (next === 'system') localStorage.removeItem(KEPT)
    else localStorage.setItem(KEPT, next)
    setTheme(next)
    applyTheme()
  }
  return [theme, choose]
}
