/**
 * Checks the attributes with a namespace prefix in an operation element.
 *
 * @module
 */

import { TYPES_NS } from '../model/envelope.ts'
import { malformed } from '../xml/malformed.ts'
import type { Name, NameFlags } from '../xml/names.ts'
import { XML_NS } from '../xml/namespaces.ts'
import type { Tag } from '../xml/tag.ts'
import { flagsOf } from './meanings.ts'

const XSI_NS = 'http://www.w3.org/2001/XMLSchema-instance'

/**
 * Accepts xml:lang, and attributes of xsi: that don't affect the decision.
 *
 * @param isSelector - whether the element names a mailbox
 * @throws Failure
 */
export function checkPrefixed(tag: Tag, name: Name, isSelector: boolean): void {
  const namespace = tag.resolve(name.prefix)
  if (namespace === XML_NS && name.local === 'lang') return
  const value = tag.attribute(name.written) ?? ''
  if (namespace === XSI_NS && !isSelector) {
    if (name.local === 'nil' && /^(true|false)$/.test(value)) return
    if (name.local === 'type' && isType(tag, value)) return
  }
  throw malformed(`${tag.name.local} can't have the attribute ${name.written}`)
}

/**
 * Returns the name of the element that `xsi:type` turns an element into. For example,
 * `xsi:type="t:CancelCalendarItemType"` turns a Message into a CancelCalendarItem. Empty for other attributes.
 */
export function namedByType(tag: Tag, { local, written }: Name): NameFlags {
  const type = local === 'type' ? (tag.attribute(written) ?? '') : ''
  return flagsOf(type.replace(/.*:/, '').replace(/Type$/, ''))
}

function isType(tag: Tag, value: string): boolean {
  const name = /^(?:([A-Za-z_][\w.-]*):)?[A-Za-z_][\w.-]*$/.exec(value)
  return name !== null && tag.resolve(name[1] ?? '') === TYPES_NS
}
