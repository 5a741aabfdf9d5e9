/**
 * What a view of the audit shows: a time and filters, both in the page's address.
 *
 * @module
 */

import { useState } from 'react'
import type { Filter, Property } from '../api/history.ts'
import { useSearch } from '../parts/search.ts'
import { readFilters, writeFilters } from './filters.ts'
import { type Bounds, boundsOf, type Period, readPeriod, writePeriod } from './period.ts'

export type View<P extends Property = Property> = {
  period: Period
  filters: readonly Filter<P>[]
  /** For the API. The end of a time that ends now stays where it was until it is refreshed. */
  query: Bounds & { Filters: Filter<P>[] }
  setPeriod: (period: Period) => void
  setFilters: (filters: readonly Filter[]) => void
  refresh: () => void
}

/** @param properties - those that the view can be filtered by; others of the address wait */
export function useView<P extends Property>(properties: readonly P[]): View<P> {
  const { params, change } = useSearch()
  const [now, setNow] = useState(() => Date.now())
  const refresh = () => setNow(Date.now())
  const period = readPeriod(params)
  const all = readFilters(params)
  const isShown = (filter: Filter): filter is Filter<P> =>
    properties.some(property => property === filter.Property)
  const filters = all.filter(isShown)
  return {
    period,
    filters,
    query: { ...boundsOf(period, now), Filters: [...filters] },
    refresh,
    setPeriod: next => {
      refresh()
      change(present => writePeriod(present, next))
    },
    setFilters: next => {
      const waiting = all.filter(filter => !isShown(filter))
      change(present => writeFilters(present, [...next, ...waiting]))
    },
  }
}
