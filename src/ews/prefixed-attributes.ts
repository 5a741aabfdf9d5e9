/**
 * Attributes with a prefix, of elements in an operation.
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
 * Lets xml:lang pass, and of xsi: what changes nothing that is judged.
 *
 * @param judged - whether the element says whose mailbox is meant
 * @throws Failure
 */
export function checkPrefixed(tag: Tag, name: Name, judged: boolean): void {
  const namespace = tag.resolve(name.prefix)
  if (namespace === XML_NS && name.local === 'lang') return
  const value = tag.attribute(name.written) ?? ''
  if (namespace === XSI_NS && !judged) {
    if (name.local === 'nil' && /^(true|false)$/.test(value)) return
    if (name.local === 'type' && isType(tag, value)) return
  }
  throw malformed(`${tag.name.local} may not have the attribute ${name.written}`)
}

/**
 * Returns the element that a type makes of another: `xsi:type="t:CancelCalendarItemType"` makes a Message
 * one that cancels a meeting.
 */
export function namedByType(tag: Tag, { local, written }: Name): NameFlags {
  const type = local === 'type' ? (tag.attribute(written) ?? '') : ''
  return flagsOf(type.replace(/.*:/, '').replace(/Type$/, ''))
}

function isType(tag: Tag, value: string): boolean {
  const name = /^(?:([A-Za-z_][\w.-]*):)?[A-Za-z_][\w.-]*$/.exec(value)
  return name !== null && tag.resolve(name[1] ?? '') === TYPES_NS
}
