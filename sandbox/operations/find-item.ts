/**
 * FindItem: restrictions, query strings, sort orders, pages, and calendar views.
 *
 * @module
 */

import { ResponseError } from '../fault.ts'
import { itemExtended } from '../item-extended.ts'
import { itemProperty } from '../item-properties.ts'
import { itemElement, readItemShape } from '../item-shape.ts'
import { findFolder } from '../locate.ts'
import { type Page, pageOf } from '../paging.ts'
import { readQuery, readRestriction, readSortOrder, type Source } from '../restriction.ts'
import type { Folder, Item } from '../store.ts'
import { m, t, type XmlElement } from '../xml.ts'
import { type Operation, respond } from './operation.ts'

/** Maximum length of a calendar view: two years, and leap days. */
const MAX_VIEW_MS = 732 * 24 * 3_600_000

/** Lists items. Without an order, the newest come first. */
export const findItems: Operation = call => {
  const { request } = call
  const shape = readItemShape(request.child('ItemShape'))
  return respond('FindItem', request.listAt('ParentFolderIds'), id => {
    const page = find(request, findFolder(call, id))
    const items = page.entries.map(item => itemElement(item, shape, 'list'))
    return [m('RootFolder', page.attributes, t('Items', items))]
  })
}

function find(request: XmlElement, folder: Folder): Page<Item> {
  const view = request.child('CalendarView')
  const test = readRestriction(request.child('Restriction'))
  const query = readQuery(request.textAt('QueryString'))
  const found = candidates(folder, request.attribute('Traversal') ?? 'Shallow')
    .map(item => ({ item, source: sourceOf(item) }))
    .filter(({ source }) => test(source) && query(source))
  if (view !== undefined)
    return calendarPage(
      view,
      found.map(({ item }) => item),
    )
  const order = readSortOrder(request.child('SortOrder')) ?? newestFirst
  const sorted = found.sort((a, b) => order(a.source, b.source)).map(({ item }) => item)
  return pageOf(request, sorted)
}

function candidates(folder: Folder, traversal: string): Item[] {
  if (traversal === 'SoftDeleted') {
    const bin = folder.store.distinguished('recoverableitemsdeletions')
    return [...(bin?.items.values() ?? [])]
  }
  const associated = traversal === 'Associated'
  return [...folder.items.values()].filter(({ isAssociated }) => isAssociated === associated)
}

/** Returns the values of an item for restrictions. */
const sourceOf = (item: Item): Source => ({
  property: name => itemProperty(item, name),
  extended: key => itemExtended(item, key),
})

const newestFirst = (a: Source, b: Source) => received(b) - received(a)
const received = ({ property }: Source) => Date.parse(property('DateTimeReceived')?.text ?? '')

function calendarPage(view: XmlElement, items: readonly Item[]): Page<Item> {
  const start = Date.parse(view.attribute('StartDate') ?? '')
  const end = Date.parse(view.attribute('EndDate') ?? '')
  if (!(start <= end)) throw new ResponseError('ErrorInvalidTimeInterval')
  if (end - start > MAX_VIEW_MS) throw new ResponseError('ErrorCalendarViewRangeTooBig')
  const found = items
    .map(item => ({ item, from: timeOf(item, 'Start'), to: timeOf(item, 'End') }))
    .filter(({ from, to }) => from < end && (to > start || (from === to && from >= start)))
    .sort((a, b) => a.from - b.from)
  const max = Number(view.attribute('MaxEntriesReturned') ?? found.length)
  return {
    entries: found.slice(0, max).map(({ item }) => item),
    attributes: {
      TotalItemsInView: String(found.length),
      IncludesLastItemInRange: String(found.length <= max),
    },
  }
}

const timeOf = (item: Item, name: string) => Date.parse(item.properties.get(name)?.text ?? '')
