/**
 * What the gateway has to reach, and what it came to in this run.
 *
 * @module
 */

import { figure, type Table } from './table.ts'

export type Bar = Readonly<{
  what: string
  /** `figure` must be at least so much, or at most. */
  least?: number
  most?: number
  figure: number
  unit?: string
  /** What it was measured against, in words. */
  beside?: string
}>

const isMet = ({
  least = Number.NEGATIVE_INFINITY,
  most = Number.POSITIVE_INFINITY,
  figure,
}: Bar) => figure >= least && figure <= most

export const barsTable = (bars: readonly Bar[]): Table => ({
  title: 'The bars',
  columns: ['', 'bar', 'this run', 'met', 'beside'],
  rows: bars.map(bar => [
    bar.what,
    bar.least === undefined
      ? `≤ ${bar.most} ${bar.unit ?? ''}`
      : `≥ ${bar.least} ${bar.unit ?? ''}`,
    `${figure(bar.figure)} ${bar.unit ?? ''}`,
    isMet(bar) ? 'yes' : 'NO',
    bar.beside ?? '',
  ]),
})
