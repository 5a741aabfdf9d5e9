/**
 * Reads property tags as grommunio does: with `std::stoull` and base 0, truncated to 16 bits.
 *
 * @module
 */

import { Fault } from './fault.ts'
import { XmlElement } from './xml.ts'

/** GUID of the property set PS_MAPI, in which the number of a named property is a tag. */
const PS_MAPI = '00020328-0000-0000-c000-000000000046'

const NUMBER = /^[ \t\n\v\f\r]*([+-]?)(?:0[xX]([0-9a-fA-F]+)|(0[0-7]*)|([1-9]\d*))/
const TWO_TO_64 = 1n << 64n

/**
 * Returns the number at the start of a text, or undefined if `std::stoull` would throw.
 *
 * A sign, blanks, `0x`, an octal number, and characters after the number are all accepted.
 */
export function sloppyTag(text: string): number | undefined {
  const [, sign, hex, octal, decimal] = NUMBER.exec(text) ?? []
  const digits = hex !== undefined ? `0x${hex}` : octal !== undefined ? `0o0${octal}` : decimal
  if (digits === undefined) return undefined
  const value = BigInt(digits)
  if (value >= TWO_TO_64) return undefined
  return Number((sign === '-' ? TWO_TO_64 - value : value) & 0xffffn)
}

/** Returns the request with every property tag rewritten as four hexadecimal digits. */
export function withShortTags(element: XmlElement): XmlElement {
  return new XmlElement(
    element.namespace,
    element.name,
    element.name === 'ExtendedFieldURI' ? shortened(element) : element.attributes,
    element.children.map(withShortTags),
    element.text,
  )
}

function shortened(uri: XmlElement): XmlElement['attributes'] {
  const written = uri.attribute('PropertyTag') ?? numberInMapi(uri)
  if (written === undefined) return uri.attributes
  const tag = sloppyTag(written)
  if (tag === undefined) throw new Fault('ErrorInvalidRequest', 'The property tag is invalid.')
  const PropertyTag = `0x${tag.toString(16).padStart(4, '0')}`
  const PropertyType = uri.attribute('PropertyType') ?? 'String'
  return { PropertyTag, PropertyType }
}

function numberInMapi(uri: XmlElement): string | undefined {
  const set = uri
    .attribute('PropertySetId')
    ?.trim()
    .replace(/^\{|\}$/g, '')
  return set?.toLowerCase() === PS_MAPI ? uri.attribute('PropertyId') : undefined
}
