/**
 * Time and filters of an audit view, both stored in the query string of the page.
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
  /** Input for the API. A time that ends now keeps its end until the user refreshes the view. */
  query: Bounds & { Filters: Filter<P>[] }
  setPeriod: (period: Period) => void
  setFilters: (filters: readonly Filter[]) => void
  refresh: () => void
}

/**
 * @param properties - properties of the view's filters; it keeps other filters for other views
 * @param searched - properties that can also contain a text
 */
export function useView<P extends Property>(
  properties: readonly P[],
  searched: readonly Property[],
): View<P> {
  const { params, change } = useSearch()
  const [now, setNow] = useState(() => Date.now())
  const refresh = () => setNow(Date.now())
  const period = readPeriod(params)
  const all = readFilters(params)
  const isShown = (filter: Filter): filter is Filter<P> =>
    properties.some(property => property === filter.Property) &&
    (filter.Operator !== 'CONTAINS' || searched.includes(filter.Property))
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
