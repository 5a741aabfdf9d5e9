/**
 * What the address says after its question mark: search, filters and tabs, so that a page can be
 * bookmarked, sent and gone back to.
 *
 * @module
 */

import { useEffect, useState } from 'react'
import { go, usePageLocation } from '../routing/router.ts'

type Change = (present: URLSearchParams) => URLSearchParams

export type Search = {
  params: URLSearchParams
  /** @param how - `replace`: the back button does not come here again, as while typing */
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

/** Sets one parameter; an empty one is left out. */
export const withParam =
  (name: string, value: string): Change =>
  present => {
    if (value === '') present.delete(name)
    else present.set(name, value)
    return present
  }

const SETTLES_MS = 250

/** A value once it has stayed the same for a moment: for what is asked while somebody types. */
export function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), SETTLES_MS)
    return () => clearTimeout(timer)
  }, [value])
  return settled
}
