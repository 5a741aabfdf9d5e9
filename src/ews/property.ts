/**
 * Reads the MAPI property that an element names.
 *
 * Servers differ in how they read hexadecimal and octal digits, blanks, signs, and large numbers. If two servers
 * could find different properties, the element counts as one that names any property.
 *
 * @module
 */

import type { Tag } from '../xml/tag.ts'

/**
 * IDs of the property that servers could find; `any` if it could be any property; undefined if the element doesn't
 * name a property by number.
 */
export type PropertyIds = readonly number[] | 'any' | undefined

const HEXADECIMAL = /^0[xX][0-9A-Fa-f]{1,4}$/
/** Pattern without leading zeros, because some servers read a number with one as octal. */
const DECIMAL = /^[1-9]\d{0,4}$/
const LARGEST = 0xffff
const GUID = /^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$/
/**
 * GUID of the property set PS_MAPI. The ID of a named property in this set is also that of the ordinary property.
 */
const MAPI_SET = '00020328-0000-0000-c000-000000000046'
/** GUIDs of other property sets, by their distinguished names. */
const SETS = {
  Common: '00062008-0000-0000-c000-000000000046',
  InternetHeaders: '00020386-0000-0000-c000-000000000046',
} as const
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

/** Returns the property that an ExtendedFieldURI names, if it is not one of a set of named properties. */
export function propertyOf(tag: Tag): PropertyIds {
  const { PropertyTag, ...named } = writtenIn(tag)
  if (PropertyTag === undefined) return namedProperty(named)
  return Object.keys(named).length === 0 ? idsOf(PropertyTag) : 'any'
}

/** Returns the number of the property that an ExtendedFieldURI names in a set; undefined if it names none there. */
export function propertyIdIn(tag: Tag, set: keyof typeof SETS): PropertyIds {
  const written = writtenIn(tag)
  const { PropertyId } = written
  return PropertyId === undefined || !isIn(written, set) ? undefined : idsOf(PropertyId)
}

/** Returns the name of the property that an ExtendedFieldURI names in a set; undefined if it names none there. */
export function propertyNameIn(tag: Tag, set: keyof typeof SETS): string | undefined {
  const written = writtenIn(tag)
  return isIn(written, set) ? written.PropertyName : undefined
}

const isIn = (
  { PropertySetId, DistinguishedPropertySetId }: Written,
  set: keyof typeof SETS,
): boolean => DistinguishedPropertySetId === set || PropertySetId?.toLowerCase() === SETS[set]

function writtenIn(tag: Tag): Written {
  const written: Written = {}
  for (let i = 0; i < tag.attributeCount; i++) {
    const name = tag.attributeName(i).written
    if (NAMES.has(name)) written[name as keyof Written] = tag.value(i)
  }
  return written
}

/** Returns whether a property is, or could be, one of these. */
export const isAmong = (properties: ReadonlySet<number>, property: PropertyIds): boolean =>
  property === 'any' || property?.some(id => properties.has(id)) === true

/** Returns whether all servers find this property. */
export const isExactly = (id: number, property: PropertyIds): boolean =>
  property !== 'any' && property?.[0] === id && property.every(one => one === id)

function namedProperty(named: Omit<Written, 'PropertyTag'>): PropertyIds {
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
  return idsOf(PropertyId ?? '')
}

/**
 * Returns the IDs that servers could find. Zero is not a property, and some servers treat it like an absent
 * attribute. Clients write decimal numbers, but some servers read every number as hexadecimal and keep 16 bits. So
 * a decimal number counts as both.
 */
function idsOf(text: string): readonly number[] | 'any' {
  const isDecimal = DECIMAL.test(text)
  if (!isDecimal && !HEXADECIMAL.test(text)) return 'any'
  const number = Number(text)
  if (number === 0 || number > LARGEST) return 'any'
  return isDecimal ? [number, Number.parseInt(text, 16) & LARGEST] : [number]
}
