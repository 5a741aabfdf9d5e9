/**
 * Where the reader is: the address bar, its history, and what a pattern of it names.
 *
 * @module
 */

import { useSyncExternalStore } from 'react'

const BASE = '/console'

/** Where the reader is, without the base: `{ path: '/roles/1', search: '?tab=rules' }`. */
export type Place = { path: string; search: string }

const listeners = new Set<() => void>()
let place = readPlace()

function readPlace(): Place {
  const { pathname, search } = window.location
  return { path: pathname.slice(BASE.length).replace(/\/$/, '') || '/', search }
}

function moved(): void {
  place = readPlace()
  for (const listener of listeners) listener()
}

/** Asks the reader whether to go on, where something would be lost by it. */
let ask: ((goOn: () => void) => void) | undefined

/** @param next - is told how to go on; undefined: nobody asks any more */
export function askBeforeLeaving(next: ((goOn: () => void) => void) | undefined): void {
  ask = next
}

window.addEventListener('popstate', () => {
  if (ask === undefined) {
    moved()
    return
  }
  const wanted = readPlace()
  window.history.pushState(null, '', hrefOf(place.path) + place.search)
  ask(() => go(wanted.path))
})

function subscribe(listener: () => void): () => void {
  listeners.add(listener)
  return () => listeners.delete(listener)
}

export const usePageLocation = (): Place => useSyncExternalStore(subscribe, () => place)

/** The address of a path, for links. */
export const hrefOf = (path: string): string => `${BASE}${path}`

/** Goes to a path of the console, such as `/roles`, unless the reader would rather stay. */
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
  moved()
  if (!replace) window.scrollTo(0, 0)
}

/** For `onFollow` of Cloudscape's links: stays in the page for links into the console. */
export function follow(
  event: CustomEvent<{ href?: string | undefined; external?: boolean | undefined }>,
): void {
  const { href, external } = event.detail
  if (href === undefined || external || !href.startsWith(`${BASE}/`)) return
  event.preventDefault()
  go(href.slice(BASE.length))
}

/** What `:name` parts of a pattern stand for in a path, or undefined where it does not match. */
export function match(pattern: string, path: string): Record<string, string> | undefined {
  const [wanted, given] = [pattern.split('/'), path.split('/')]
  if (wanted.length !== given.length) return undefined
  const named: Record<string, string> = {}
  for (const [i, part] of wanted.entries()) {
    const value = given[i] ?? ''
    if (part.startsWith(':')) named[part.slice(1)] = decodeURIComponent(value)
    else if (part !== value) return undefined
  }
  return named
}
