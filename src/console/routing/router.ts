/**
 * Client-side routing: the current page, the browser's history, and path patterns.
 *
 * @module
 */

import { useSyncExternalStore } from 'react'

const BASE = '/console'

/** Address of the current page without the base: `{ path: '/roles/1', search: '?tab=rules' }`. */
export type PageLocation = { path: string; search: string }

const listeners = new Set<() => void>()
let current = readLocation()

export function readLocation(): PageLocation {
  const { pathname, search } = window.location
  return { path: pathname.slice(BASE.length).replace(/\/$/, '') || '/', search }
}

function update(): void {
  current = readLocation()
  for (const listener of listeners) listener()
}

/** Asks the user for confirmation, and calls its argument to leave the page. */
let ask: ((leave: () => void) => void) | undefined

/** @param next - asks before the page is left; undefined to leave pages without confirmation */
export function askBeforeLeaving(next: ((leave: () => void) => void) | undefined): void {
  ask = next
}

window.addEventListener('popstate', () => {
  if (ask === undefined) {
    update()
    return
  }
  const wanted = readLocation()
  window.history.pushState(null, '', hrefOf(current.path) + current.search)
  ask(() => go(wanted.path))
})

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const usePageLocation = (): PageLocation => useSyncExternalStore(subscribe, () => current)

/** Returns the href of a link to a path of the console. */
export const hrefOf = (path: string): string => `${BASE}${path}`

/** Opens a path of the console, such as `/roles`. Asks first if the page has unsaved changes. */
export function go(path: string, { replace = false } = {}): void {
  if (ask === undefined) {
    enter(path, replace)
    return
  }
  ask(() => {
    ask = undefined
    enter(path, replace)
  })
}

function enter(path: string, replace: boolean): void {
  if (replace) window.history.replaceState(null, '', hrefOf(path))
  else window.history.pushState(null, '', hrefOf(path))
  update()
  if (!replace) window.scrollTo(0, 0)
}

/** Handles `onFollow` of Cloudscape's links: opens links to the console without reloading the page. */
export function follow(
  event: CustomEvent<{ href?: string | undefined; external?: boolean | undefined }>,
): void {
  const { href, external } = event.detail
  if (href === undefined || external || !href.startsWith(`${BASE}/`)) return
  event.preventDefault()
  go(href.slice(BASE.length))
}

/** Returns the values of the `:name` parts of a pattern, or undefined if the path does not match or is not encoded. */
export function match(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')]
  if (wanted.length !== given.length) return undefined
  const named: Record<string, string> = {}
  for (const [i, part] of wanted.entries()) {
    const value = part.startsWith(':') ? decoded(given[i] ?? '') : given[i]
    if (value === undefined) return undefined
    if (part.startsWith(':')) named[part.slice(1)] = value
    else if (part !== value) return undefined
  }
  return named
}

function decoded(value: string): string | undefined {
  try {
    return decodeURIComponent(value)
  } catch {
    return undefined
  }
}
