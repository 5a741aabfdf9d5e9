/**
 * Reads which MAPI property an element names.
 *
 * Servers differ in how they read hexadecimal and octal digits, blanks, signs, and numbers that are
 * too large. A spelling that two readers could understand differently may be any property.
 *
 * @module
 */

import type { Tag } from './tag.ts'

/** A property ID, `any` if it may be every property, or undefined if the element names none by number. */
export type PropertyId = number | 'any' | undefined

const HEXADECIMAL = /^0[xX][0-9A-Fa-f]{1,4}$/
/** A leading zero makes a number octal to some readers. */
const DECIMAL = /^[1-9]\d{0,4}$/
const LARGEST = 0xffff
const GUID = /^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/
/** PS_MAPI: in this set the ID of a named property is that of the property without a name. */
const MAPI_SET = '00020328-0000-0000-c000-000000000046'
const DISTINGUISHED_SETS: ReadonlySet<string> = new Set([
  'Address',
  'Appointment',
  'CalendarAssistant',
  'Common',
  'InternetHeaders',
  'Meeting',
  'PublicStrings',
  'Sharing',
  'Task',
  'UnifiedMessaging',
])

/** Attributes of an ExtendedFieldURI. */
type Written = {
  PropertyTag?: string
  PropertyId?: string
  PropertyName?: string
  PropertySetId?: string
  DistinguishedPropertySetId?: string
}

const NAMES: ReadonlySet<string> = new Set([
  'PropertyTag',
  'PropertyId',
  'PropertyName',
  'PropertySetId',
  'DistinguishedPropertySetId',
] satisfies (keyof Written)[])

/** Returns the property that an ExtendedFieldURI names. */
export function propertyOf(tag: Tag): PropertyId {
  const written: Written = {}
  for (let i = 0; i < tag.attributeCount; i++) {
    const name = tag.attributeName(i).written
    if (NAMES.has(name)) written[name as keyof Written] = tag.value(i)
  }
  const { PropertyTag, ...named } = written
  if (PropertyTag === undefined) return namedProperty(named)
  return Object.keys(named).length === 0 ? numberOf(PropertyTag) : 'any'
}

/** Returns whether a property is, or may be, one of these. */
export const isAmong = (properties: ReadonlySet<number>, property: PropertyId): boolean =>
  property === 'any' || (property !== undefined && properties.has(property))

function namedProperty(named: Omit<Written, 'PropertyTag'>): PropertyId {
  const { PropertyId, PropertyName, PropertySetId, DistinguishedPropertySetId } = named
  const isNamed = PropertyId !== undefined || PropertyName !== undefined
  if (PropertyId !== undefined && PropertyName !== undefined) return 'any'
  if (DistinguishedPropertySetId !== undefined) {
    const isKnown = DISTINGUISHED_SETS.has(DistinguishedPropertySetId)
    return isKnown && PropertySetId === undefined ? undefined : 'any'
  }
  if (PropertySetId === undefined) return isNamed ? 'any' : undefined
  if (!GUID.test(PropertySetId)) return 'any'
  if (PropertySetId.toLowerCase() !== MAPI_SET) return undefined
  return PropertyId === undefined ? 'any' : numberOf(PropertyId)
}

/** Zero is no property, and to some readers the same as an absent attribute. */
function numberOf(text: string): number | 'any' {
  if (!HEXADECIMAL.test(text) && !DECIMAL.test(text)) return 'any'
  const number = Number(text)
  return number === 0 || number > LARGEST ? 'any' : number
}
