/**
 * Totals of lists that are read one page at a time.
 *
 * @module
 */

/** Returns the counter of a header, or undefined until the total is known. */
export const counterOf = (total: number | undefined): string | undefined =>
  total === undefined ? undefined : `(${total.toLocaleString()})`

/** Returns a label with a number, such as `Reached (1,234)`, or the label alone until the number is known. */
export const counted = (label: string, count: number | undefined): string =>
  [label, counterOf(count)].filter(Boolean).join(' ')

/** Returns the number of matches of a filter. */
export const matchesInWords = (count: number): string =>
  `${count.toLocaleString()} ${count === 1 ? 'match' : 'matches'}`

type Position = Readonly<{ currentPageIndex: number; pagesCount: number; openEnd: boolean }>

/** Returns the number of matches of a filter, if the first page has them all, or that there are more. */
export function matchesOf(
  shown: number | undefined,
  { currentPageIndex, pagesCount, openEnd }: Position,
): string {
  if (shown === undefined) return ''
  if (openEnd || pagesCount > 1) return currentPageIndex === 1 ? `${shown}+ matches` : ''
  return matchesInWords(shown)
}
