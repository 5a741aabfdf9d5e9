/**
 * Tags for functions that read one element.
 *
 * @module
 */

import { DEFAULT_LIMITS } from '../../src/ews/reader.ts'
import { Scanner } from '../../src/xml/scanner.ts'
import type { Tag } from '../../src/xml/tag.ts'
import { escapeXml } from '../../src/xml/text.ts'
import { Vocabulary } from '../../src/xml/vocabulary.ts'

/** Returns the result of a function for the tag of an element with some attributes. */
export function onTag<T>(attributes: Readonly<Record<string, string>>, see: (tag: Tag) => T): T {
  const results: T[] = []
  const ignore = () => undefined
  const listener = {
    open: (tag: Tag) => {
      results.push(see(tag))
    },
    ...{ close: ignore, text: ignore, reference: ignore, comment: ignore },
  }
  const written = Object.entries(attributes).map(
    ([name, value]) => ` ${name}="${escapeXml(value)}"`,
  )
  new Scanner(listener, new Vocabulary(), DEFAULT_LIMITS).write(
    Buffer.from(`<Element${written.join('')}/>`),
  )
  const [result] = results
  if (results.length === 0) throw new Error('The scanner found no tag')
  return result as T
}
