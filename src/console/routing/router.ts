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
let index = readIndex()

export function readLocation(): PageLocation {
  const { pathname, search } = window.location
  return { path: pathname.slice(BASE.length).replace(/\/$/, '') || '/', search }
}

/** Returns the position of the current page in the browser's history. The first page of the console has 0. */
function readIndex(): number {
  return window.history.state?.index ?? 0
}

function update(): void {
  current = readLocation()
  index = readIndex()
  for (const listener of listeners) listener()
}

/** Asks the user for confirmation, and calls its argument to leave the page. */
let ask: ((leave: () => void) => void) | undefined

/** Asks before the page is left. @returns a function that ends it */
export function askBeforeLeaving(next: (leave: () => void) => void): () => void {
  ask = next
  return () => {
    if (ask === next) ask = undefined
  }
}

/** Whether the next move in the browser's history only returns to the page whose user is asked. */
let isReturning = false

window.addEventListener('popstate', () => {
  if (isReturning) {
    isReturning = false
    return
  }
  const steps = readIndex() - index
  if (ask === undefined || steps === 0) {
    update()
    return
  }
  isReturning = true
  window.history.go(-steps)
  ask(() => {
    ask = undefined
    window.history.go(steps)
  })
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
  if (ask === undefined) enter(path, replace)
  else ask(() => leave(path, { replace }))
}

/** Opens a path without asking, because the changes are saved or the user has decided. */
export function leave(path: string, { replace = false } = {}): void {
  ask = undefined
  enter(path, replace)
}

function enter(path: string, replace: boolean): void {
  if (replace) window.history.replaceState({ index }, '', hrefOf(path))
  else window.history.pushState({ index: index + 1 }, '', hrefOf(path))
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
