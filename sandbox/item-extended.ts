/**
 * Extended properties of an item: stored ones, and MAPI properties that every item has.
 *
 * @module
 */

import { sizeOf } from './item-properties.ts'
import { extendedKey } from './properties.ts'
import type { Item } from './store.ts'
import { t, type XmlElement } from './xml.ts'

/** Returns an ExtendedProperty, or undefined if the item has none with that key. */
export function itemExtended(item: Item, key: string): XmlElement | undefined {
  return item.extended.get(key) ?? COMPUTED.get(key)?.(item)
}

const integer = (name: Readonly<Record<string, string>>, of: (item: Item) => number) => {
  const uri = t('ExtendedFieldURI', { ...name, PropertyType: 'Integer' })
  const property = (item: Item) => t('ExtendedProperty', uri, t('Value', String(of(item))))
  return [extendedKey(uri), property] as const
}

/** Properties of all items, by their MAPI names. DavMail uses the first one as the UID of an item. */
const COMPUTED: ReadonlyMap<string, (item: Item) => XmlElement> = new Map([
  // PidTagInternetArticleNumber
  integer({ PropertyTag: '0xe23' }, ({ counter }) => counter),
  // PidTagMessageSize
  integer({ PropertyTag: '0xe08' }, sizeOf),
  // PidTagSensitivity: normal
  integer({ PropertyTag: '0x36' }, () => 0),
  // Whether the event is recurring: always false.
  integer(
    {
      DistinguishedPropertySetId: 'PublicStrings',
      PropertyName: 'urn:schemas:calendar:instancetype',
    },
    () => 0,
  ),
])
