/**
 * Time and filters of an audit view, both stored in the query string of the page.
 *
 * @module
 */

import { useState } from 'react'
import { gatewayNow } from '../api/clock.ts'
import type { Filter, Property } from '../api/history.ts'
import { useSearch } from '../parts/search.ts'
import { wholeUnits } from '../use/buckets.ts'
import { readFilters, writeFilters } from './filters.ts'
import { type Bounds, boundsOf, DAY, type Period, readPeriod, writePeriod } from './period.ts'

export type View<P extends Property = Property> = {
  period: Period
  filters: readonly Filter<P>[]
  /** Input for the API. A time that ends now keeps its end until the user refreshes the view. */
  query: Bounds & { Filters: Filter<P>[] }
  setPeriod: (period: Period) => void
  setFilters: (filters: readonly Filter[]) => void
  refresh: () => void
}

type Options = {
  /** Properties for which the view accepts filters with the operator CONTAINS. By default, none. */
  searched?: readonly Property[]
  /** Period if the address has none. By default, a day. */
  fallback?: Period
}

/** @param properties - properties of the view's filters; it keeps other filters for other views */
export function useView<P extends Property>(
  properties: readonly P[],
  { searched = [], fallback = DAY }: Options = {},
): View<P> {
  const { params, change } = useSearch()
  const [now, setNow] = useState(() => gatewayNow())
  const refresh = () => setNow(gatewayNow())
  const period = readPeriod(params, fallback)
  const all = readFilters(params)
  const isShown = (filter: Filter): filter is Filter<P> =>
    properties.some(property => property === filter.Property) &&
    (filter.Operator === 'CONTAINS'
      ? searched.includes(filter.Property)
      : filter.Property !== 'OBJECT')
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

/** Returns the time of a view for a chart. A relative time begins with a whole hour or day, so that the first bar is whole. */
export const chartTimeOf = ({ period, query: { StartTime, EndTime } }: View<never>): Bounds =>
  period.type === 'relative' ? wholeUnits({ StartTime, EndTime }) : { StartTime, EndTime }
