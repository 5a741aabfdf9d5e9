/**
 * R9: attributes with a prefix, which can turn an element into another one.
 */

import t from 'tap'
import { flagsOf } from '../../src/ews/meanings.ts'
import { checkPrefixed, namedByType } from '../../src/ews/prefixed-attributes.ts'
import { TYPES_NS } from '../../src/model/envelope.ts'
import { Failure } from '../../src/model/failure.ts'
import { onTag } from './tags.ts'

const DECLARED = {
  'xmlns:t': TYPES_NS,
  'xmlns:i': 'http://www.w3.org/2001/XMLSchema-instance',
  'xmlns:o': 'urn:other',
}

/** Whether an element can have an attribute. */
function accepts(attribute: string, value: string, isSelector: boolean, more = {}): boolean {
  try {
    onTag({ ...DECLARED, ...more, [attribute]: value }, tag =>
      checkPrefixed(tag, tag.attributeName(tag.attributeCount - 1), isSelector),
    )
    return true
  } catch (error) {
    t.ok(error instanceof Failure, `R9 ${attribute}="${value}" fails as a request`)
    return false
  }
}

/** Attributes, and whether elements that name a mailbox and others can have them. */
for (const [attribute, value, selector, other] of [
  ['xml:lang', 'en', true, true],
  ['xml:lang', '', true, true],
  ['xml:space', 'preserve', false, false],
  ['i:nil', 'true', false, true],
  ['i:nil', 'false', false, true],
  ['i:nil', '1', false, false],
  ['i:nil', 'xtrue', false, false],
  ['i:nil', 'truex', false, false],
  ['i:nil', 'xfalse', false, false],
  ['i:nil', 'falsex', false, false],
  ['i:type', 't:MessageType', false, true],
  ['i:type', 't:_-.9', false, true],
  ['i:type', 'o:MessageType', false, false],
  ['i:type', 'MessageType', false, false],
  ['i:type', 't:', false, false],
  ['i:type', ':MessageType', false, false],
  ['i:type', 't:9', false, false],
  ['i:type', 't:a:b', false, false],
  ['i:type', ' t:MessageType', false, false],
  ['i:type', 't:MessageType ', false, false],
  ['i:type', '', false, false],
  ['i:lang', 'en', false, false],
  ['i:schemaLocation', 'x', false, false],
  ['o:lang', 'en', false, false],
  ['o:nil', 'true', false, false],
  ['o:type', 't:MessageType', false, false],
  ['t:type', 't:MessageType', false, false],
] as const) {
  t.equal(accepts(attribute, value, true), selector, `R9 ${attribute}="${value}" of a selector`)
  t.equal(accepts(attribute, value, false), other, `R9 ${attribute}="${value}" of another element`)
}
t.equal(
  accepts('i:type', 'MessageType', false, { xmlns: TYPES_NS }),
  true,
  'R9 a default namespace',
)

/** Types, and the element that each one makes. */
for (const [attribute, value, element] of [
  ['i:type', 't:CancelCalendarItemType', 'CancelCalendarItem'],
  ['i:type', 'AcceptItemType', 'AcceptItem'],
  ['i:type', 'a:t:AcceptItemType', 'AcceptItem'],
  ['i:type', 't:AcceptItem', 'AcceptItem'],
  ['i:type', 't:AcceptItemTypeX', 'AcceptItemTypeX'],
  ['i:nil', 't:AcceptItemType', ''],
] as const)
  t.strictSame(
    onTag({ ...DECLARED, [attribute]: value }, tag => namedByType(tag, tag.attributeName(0))),
    flagsOf(element),
    `R9 ${attribute}="${value}" makes ${element || 'nothing'}`,
  )
