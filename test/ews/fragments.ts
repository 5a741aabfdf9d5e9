/**
 * Real requests, taken apart: the places in their operations in which an element has children, and the
 * children that elements of that name have.
 *
 * @module
 */

import { TABLES } from '../../fixtures/guard/tables.ts'
import { HARMLESS, HOSTILE } from '../../fixtures/hostile/documents.ts'
import { readEnvelope } from '../../src/ews/reader.ts'
import { Failure } from '../../src/model/failure.ts'
import { pretended, rowsOf } from '../gateway/guard-rows.ts'
import { GUIDS, requestWith } from '../policy/guard-cases.ts'
import { captures } from './generators.ts'

/** An element. Its start tag declares every prefix, so that it means the same in any place. */
type Element = { name: string; start: string; children: Element[]; content: string }

/** A place for children: the name of their parent, and the tags that open and close around them. */
export type Place = Readonly<{ operation: string; name: string; open: string; close: string }>

/** Maximum size of a request. Larger ones repeat what others say. */
const MAX_BYTES = 5_000

const TOKEN =
  /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\/[^>]*>|<([^\s/>]+)((?:"[^"]*"|'[^']*'|[^>"'])*?)\s*(\/?)>/g
const DECLARATION = /\sxmlns(?::([\w.-]+))?\s*=\s*(?:"[^"]*"|'[^']*')/g

type Scope = ReadonlyMap<string, string>

type OpenElement = Element & Readonly<{ scope: Scope; from: number }>

/** Takes a well-formed element apart. */
function elementIn(text: string, scope: Scope): Element {
  const root: OpenElement = { name: '', start: '', children: [], content: text, scope, from: 0 }
  const open = [root]
  for (const { 0: token, 1: name, 2: attributes = '', 3: end, index } of text.matchAll(TOKEN)) {
    const top = open.at(-1) ?? root
    if (token.startsWith('</')) {
      top.content = text.slice(top.from, index)
      open.pop()
    }
    if (name === undefined) continue
    const scope = new Map(top.scope)
    for (const [declaration, prefix = ''] of attributes.matchAll(DECLARATION))
      scope.set(prefix, declaration)
    const start = `<${name}${attributes.replace(DECLARATION, '')}${[...scope.values()].join('')}>`
    const from = index + token.length
    const element: OpenElement = { name, start, children: [], content: '', scope, from }
    top.children.push(element)
    if (end === '') open.push(element)
  }
  const [operation] = root.children
  if (operation === undefined) throw new TypeError(`No element: ${text}`)
  return operation
}

/** The operation elements of all fixtures that the reader accepts. */
function* operations(): Generator<Element> {
  const rows = [GUIDS.ann, GUIDS.bob].flatMap(guid =>
    Object.values(TABLES)
      .flatMap(rowsOf)
      .map(row => requestWith(pretended(row, guid))),
  )
  const files = [...HARMLESS, ...HOSTILE].map(({ bytes }) => bytes)
  for (const bytes of [...files, ...captures().map(({ body }) => body), ...rows]) {
    const reading = bytes.length > MAX_BYTES ? undefined : readingOf(bytes)
    if (reading === undefined) continue
    const { envelope, body } = reading.prologue
    const declared = [...envelope.namespaces, ...body.namespaces].map(
      ([prefix, uri]) => [prefix, ` xmlns${prefix && `:${prefix}`}="${uri}"`] as const,
    )
    const text = Buffer.from(bytes.subarray(reading.operationStart, reading.operationEnd))
    yield elementIn(text.toString(), new Map(declared))
  }
}

/** Returns undefined if the reader rejects the request. */
export function readingOf(bytes: Uint8Array) {
  try {
    return readEnvelope(bytes)
  } catch (error) {
    if (error instanceof Failure) return undefined
    throw error
  }
}

const localOf = (name: string) => name.replace(/^.*:/, '')

/**
 * Returns the places, with the elements that any request has in an element of that name, and with
 * those of that name itself.
 *
 * @param kindOf - places of one kind, operation, and name are one place
 */
export function placesOf(
  kindOf: (place: Place) => string,
): readonly (readonly [Place, readonly string[]])[] {
  const places = new Map<string, Place>()
  const known = new Set<string>()
  const contents = new Map<string, Map<string, string>>()
  const note = (parent: string, { name, start, content }: Element): void => {
    const inside = contents.get(parent) ?? new Map<string, string>()
    contents.set(parent, inside)
    const text = `${start}${content}</${name}>`
    inside.set(text.replace(DECLARATION, ''), text)
  }
  const walk = ({ name, start, children }: Element, around: Omit<Place, 'name'>): void => {
    if (children.length === 0) return
    const place = {
      name: localOf(name),
      operation: around.operation || localOf(name),
      open: around.open + start,
      close: `</${name}>${around.close}`,
    }
    const written = place.open.replace(DECLARATION, '')
    if (!known.has(written)) {
      known.add(written)
      const key = `${place.operation} ${place.name} ${kindOf(place)}`
      if (!places.has(key)) places.set(key, place)
    }
    for (const child of children) {
      note(place.name, child)
      // Nested in one of its own name, an element closes before the outer one.
      note(localOf(child.name), child)
      walk(child, place)
    }
  }
  for (const operation of operations()) walk(operation, { operation: '', open: '', close: '' })
  return [...places.values()].map(place => [place, [...(contents.get(place.name)?.values() ?? [])]])
}
