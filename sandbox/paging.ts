/**
 * Views of a list: one page, and the beginning of the next one.
 *
 * @module
 */

import type { XmlElement } from './xml.ts'

/** Some of the entries of a view. */
export type Page<Entry> = Readonly<{
  entries: readonly Entry[]
  /** Attributes of RootFolder. */
  attributes: Readonly<Record<string, string>>
}>

/** Returns the page that an element such as IndexedPageItemView or FractionalPageFolderView selects. */
export function pageOf<Entry>(request: XmlElement, entries: readonly Entry[]): Page<Entry> {
  const view = request.children.find(({ name }) => /^(Indexed|Fractional)Page\w*View$/.test(name))
  const max = Number(view?.attribute('MaxEntriesReturned') ?? entries.length)
  const fromEnd = view?.attribute('BasePoint') === 'End'
  const offset = Math.min(entries.length, offsetOf(view, entries.length))
  const start = fromEnd ? Math.max(0, entries.length - offset - max) : offset
  const end = fromEnd ? entries.length - offset : Math.min(entries.length, offset + max)
  return {
    entries: entries.slice(start, end),
    attributes: {
      ...(view === undefined ? {} : nextOf(view, fromEnd ? entries.length - start : end)),
      TotalItemsInView: String(entries.length),
      IncludesLastItemInRange: String(fromEnd ? start === 0 : end === entries.length),
    },
  }
}

function offsetOf(view: XmlElement | undefined, total: number): number {
  const denominator = Number(view?.attribute('Denominator') ?? 0)
  if (denominator > 0)
    return Math.floor((total * Number(view?.attribute('Numerator') ?? 0)) / denominator)
  return Math.max(0, Number(view?.attribute('Offset') ?? 0))
}

const nextOf = (view: XmlElement, next: number): Readonly<Record<string, string>> =>
  view.name.startsWith('Indexed')
    ? { IndexedPagingOffset: String(next) }
    : { NumeratorOffset: String(next), AbsoluteDenominator: view.attribute('Denominator') ?? '1' }
