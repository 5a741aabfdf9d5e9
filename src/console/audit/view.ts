/**
 * What a view of the audit shows: a time and filters, both in the page's address.
 *
 * @module
 */

import { useState } from 'react'
import type { Filter } from '../api/history.ts'
import { useSearch } from '../parts/search.ts'
import { type Property, readFilters, writeFilters } from './filters.ts'
import { type Bounds, boundsOf, type Period, readPeriod, writePeriod } from './period.ts'

export type View = {
  period: Period
  filters: readonly Filter[]
  /** For the API. The end of a time that ends now stays where it was until it is refreshed. */
  query: Bounds & { Filters: Filter[] }
  setPeriod: (period: Period) => void
  setFilters: (filters: readonly Filter[]) => void
  refresh: () => void
}

/** @param properties - those that the view can be filtered by; others of the address wait */
export function useView(properties: readonly Property[]): View {
  const { params, change } = useSearch()
  const [now, setNow] = useState(() => Date.now())
  const refresh = () => setNow(Date.now())
  const period = readPeriod(params)
  const all = readFilters(params)
  const filters = all.filter(({ Property }) => properties.includes(Property))
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
      const waiting = all.filter(({ Property }) => !properties.includes(Property))
      change(present => writeFilters(present, [...next, ...waiting]))
    },
  }
}
