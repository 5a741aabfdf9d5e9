/**
 * Recognizes the WSDL and the schemas of the upstream by their content.
 *
 * The Content-Type is no help, because a server can omit it, and can send an error page as XML.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import { DEFAULT_LIMITS } from '../xml/limits.ts'
import type { Listener } from '../xml/listener.ts'
import { Scanner } from '../xml/scanner.ts'
import type { Tag } from '../xml/tag.ts'
import { Vocabulary } from '../xml/vocabulary.ts'

/** Root elements by their namespace. */
const ROOTS: ReadonlyMap<string, string> = new Map([
  ['http://schemas.xmlsoap.org/wsdl/', 'definitions'],
  ['http://www.w3.org/2001/XMLSchema', 'schema'],
])

class RootReader implements Listener {
  isSchema = false

  open({ depth, name, namespace }: Tag): void {
    if (depth === 0) this.isSchema = ROOTS.get(namespace) === name.local
  }

  close(): void {}
  text(): void {}
  reference(): void {}
  comment(): void {}
}

/** Returns whether the text is a well-formed WSDL or XML schema. */
export function isSchemaFile(text: string): boolean {
  const reader = new RootReader()
  // Uses its own vocabulary, so that names of this file are not cached for requests.
  const scanner = new Scanner(reader, new Vocabulary(), DEFAULT_LIMITS)
  try {
    scanner.write(new TextEncoder().encode(text))
    scanner.end()
  } catch (error) {
    if (error instanceof Failure) return false
    throw error
  }
  return reader.isSchema
}
