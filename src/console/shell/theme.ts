/**
 * Theme of the console: light or dark, as the user chose, or else as the system is set.
 *
 * @module
 */

import { applyMode, Mode } from '@cloudscape-design/global-styles'
import { useEffect, useState } from 'react'

const STORAGE_KEY = 'ews-gateway-theme'
const system = window.matchMedia('(prefers-color-scheme: dark)')

export type Theme = 'light' | 'dark' | 'system'

const storedTheme = (): Theme => {
  const stored = localStorage.getItem(STORAGE_KEY)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

/** Applies the theme. Called at the start, and when the choice or the system setting changes. Paper is light. */
export function applyTheme({ isPrinting = false } = {}): void {
  const theme = isPrinting ? 'light' : storedTheme()
  const isDark = theme === 'dark' || (theme === 'system' && system.matches)
  applyMode(isDark ? Mode.Dark : Mode.Light)
  document.documentElement.classList.toggle('dark', isDark)
}

export function useTheme(): readonly [Theme, (theme: Theme) => void] {
  const [theme, setTheme] = useState(storedTheme)
  useEffect(() => {
    const changed = () => applyTheme()
    system.addEventListener('change', changed)
    return () => system.removeEventListener('change', changed)
  }, [])
  const choose = (next: Theme) => {
    if (next === 'system') localStorage.removeItem(STORAGE_KEY)
    else localStorage.setItem(STORAGE_KEY, next)
    setTheme(next)
    applyTheme()
  }
  return [theme, choose]
}
