/**
 * The ids that the answer to a Subscribe gives away.
 *
 * @module
 */

import { XMLParser } from 'fast-xml-parser'
import { Failure } from '../model/failure.ts'

const PARSER = new XMLParser({
  removeNSPrefix: true,
  ignoreAttributes: true,
  parseTagValue: false,
  trimValues: false,
})

/**
 * Every SubscriptionId, exactly as it was sent.
 *
 * @param answer - whole, in UTF-8
 * @throws Failure `upstream-unreachable` where it cannot be read
 */
export function readSubscriptionIds(answer: Uint8Array): readonly string[] {
  try {
    return idsIn(PARSER.parse(Buffer.from(answer)))
  } catch (cause) {
    throw new Failure('upstream-unreachable', 'The answer to Subscribe cannot be read', { cause })
  }
}

function idsIn(node: unknown): string[] {
  if (Array.isArray(node)) return node.flatMap(idsIn)
  if (typeof node !== 'object' || node === null) return []
  return Object.entries(node).flatMap(([name, value]) =>
    name === 'SubscriptionId' ? textsOf(value) : idsIn(value),
  )
}

/** What is no text is no id that anybody could send back. */
const textsOf = (value: unknown): string[] =>
  [value].flat().filter((text): text is string => typeof text === 'string' && text !== '')
