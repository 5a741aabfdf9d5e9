/**
 * Goals for the gateway, and the figures of this run.
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
  /** Name of the subject that it was compared with. */
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
