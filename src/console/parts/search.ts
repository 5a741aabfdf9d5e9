/**
 * Search text, filters, and tabs in the query string of the page, so that a view can be bookmarked and shared.
 *
 * @module
 */

import { useEffect, useState } from 'react'
import { go, usePageLocation } from '../routing/router.ts'

type Change = (present: URLSearchParams) => URLSearchParams

export type Search = {
  params: URLSearchParams
  /** @param how - `replace` adds no entry to the browser's history, such as while the user types */
  change: (change: Change, how?: { replace?: boolean }) => void
}

export function useSearch(): Search {
  const { path, search } = usePageLocation()
  const params = new URLSearchParams(search)
  const change: Search['change'] = (of, how) => {
    const next = of(new URLSearchParams(search)).toString()
    go(next === '' ? path : `${path}?${next}`, how)
  }
  return { params, change }
}

/** Search with the parameter `q`: the text as typed, the text to search for, and a function that sets it. */
export function useTextSearch() {
  const search = useSearch()
  const text = search.params.get('q') ?? ''
  const find = (next: string) => search.change(withParam('q', next), { replace: true })
  return { ...search, text, settled: useSettled(text.trim()), find }
}

/** Sets one parameter, or removes it if the value is empty. */
export const withParam =
  (name: string, value: string): Change =>
  present => {
    if (value === '') present.delete(name)
    else present.set(name, value)
    return present
  }

const PAUSE_MS = 250

/** Returns the last value that has not changed for a moment, so that typing does not send a request per key. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), PAUSE_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
