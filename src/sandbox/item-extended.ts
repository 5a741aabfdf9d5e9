/**
 * Extended properties of an item: those that were stored, and MAPI's own that every item has.
 *
 * @module
 */

import { sizeOf } from './item-properties.ts'
import { extendedKey } from './properties.ts'
import type { Item } from './store.ts'
import { t, type XmlElement } from './xml.ts'

/** An ExtendedProperty, or undefined where the item has none under that key. */
export function itemExtended(item: Item, key: string): XmlElement | undefined {
  return item.extended.get(key) ?? COMPUTED.get(key)?.(item)
}

const integer = (PropertyTag: string, of: (item: Item) => number) => {
  const uri = t('ExtendedFieldURI', { PropertyTag, PropertyType: 'Integer' })
  const property = (item: Item) => t('ExtendedProperty', uri, t('Value', String(of(item))))
  return [extendedKey(uri), property] as const
}

/** By their MAPI names: what IMAP takes for an item's UID, and its size. */
const COMPUTED: ReadonlyMap<string, (item: Item) => XmlElement> = new Map([
  // PidTagInternetArticleNumber
  integer('0xe23', ({ counter }) => counter),
  // PidTagMessageSize
  integer('0xe08', sizeOf),
])
