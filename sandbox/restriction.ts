/**
 * Restrictions, sort orders, and query strings over items or folders.
 *
 * @module
 */

import { ResponseError } from './fault.ts'
import { comparable, entryOf, type Path, readPath } from './properties.ts'
import { isTrue, type XmlElement } from './xml.ts'

/** Source of properties for a restriction: an item, or a folder. */
export type Source = Readonly<{
  property: (name: string) => XmlElement | undefined
  extended: (key: string) => XmlElement | undefined
}>

/** Returns whether an item or folder matches. */
export type Test = (source: Source) => boolean

/** Compiles a Restriction. Without one, everything matches. */
export function readRestriction(restriction: XmlElement | undefined): Test {
  const [expression] = restriction?.children ?? []
  return expression === undefined ? () => true : compile(expression)
}

function compile(expression: XmlElement): Test {
  const make = Object.hasOwn(EXPRESSIONS, expression.name)
    ? EXPRESSIONS[expression.name]
    : undefined
  if (make === undefined) throw new ResponseError('ErrorUnsupportedQueryFilter')
  return make(expression)
}

const EXPRESSIONS: Readonly<Record<string, (expression: XmlElement) => Test>> = {
  And: ({ children }) => all(children.map(compile)),
  Or: ({ children }) => {
    const tests = children.map(compile)
    return source => tests.some(test => test(source))
  },
  Not: ({ children }) => {
    const test = all(children.map(compile))
    return source => !test(source)
  },
  Exists: expression => {
    const path = pathIn(expression)
    return source => propertyAt(source, path) !== undefined
  },
  Contains: contains,
  Excludes: expression => {
    const path = pathIn(expression)
    const mask = Number(expression.child('Bitmask')?.attribute('Value'))
    return source => (Number(comparable(propertyAt(source, path)) ?? 0) & mask) === 0
  },
  IsEqualTo: comparison(order => order === 0),
  IsNotEqualTo: comparison(order => order !== 0),
  IsGreaterThan: comparison(order => order > 0),
  IsGreaterThanOrEqualTo: comparison(order => order >= 0),
  IsLessThan: comparison(order => order < 0),
  IsLessThanOrEqualTo: comparison(order => order <= 0),
}

const all =
  (tests: readonly Test[]): Test =>
  source =>
    tests.every(test => test(source))

function comparison(holds: (order: number) => boolean): (expression: XmlElement) => Test {
  return expression => {
    const path = pathIn(expression)
    const operand = expression.child('FieldURIOrConstant')?.children[0]
    const constant = operand?.attribute('Value')
    const other = readPath(operand)
    return source => {
      const left = comparable(propertyAt(source, path))
      const right = other === undefined ? constant : comparable(propertyAt(source, other))
      if (left === undefined || right === undefined) return false
      return holds(compareTexts(left, right))
    }
  }
}

function contains(expression: XmlElement): Test {
  const path = pathIn(expression)
  const mode = expression.attribute('ContainmentMode') ?? 'FullString'
  const ignoreCase = /IgnoreCase|Loose/.test(expression.attribute('ContainmentComparison') ?? '')
  const fold = (text: string) => (ignoreCase ? text.toLowerCase() : text)
  const constant = fold(expression.child('Constant')?.attribute('Value') ?? '')
  const holds = Object.hasOwn(CONTAINMENT, mode) ? CONTAINMENT[mode] : undefined
  if (holds === undefined) throw new ResponseError('ErrorUnsupportedQueryFilter')
  return source => textsOf(propertyAt(source, path)).some(text => holds(fold(text), constant))
}

const CONTAINMENT: Readonly<Record<string, (text: string, constant: string) => boolean>> = {
  ExactPhrase: (text, constant) => text.includes(constant),
  FullString: (text, constant) => text === constant,
  Prefixed: (text, constant) => text.startsWith(constant),
  PrefixOnWords: (text, constant) => ` ${text}`.includes(` ${constant}`),
  Substring: (text, constant) => text.includes(constant),
}

function pathIn(expression: XmlElement): Path {
  const path = readPath(expression.children.find(child => readPath(child) !== undefined))
  if (path === undefined) throw new ResponseError('ErrorUnsupportedPathForQuery')
  return path
}

function propertyAt(source: Source, path: Path): XmlElement | undefined {
  if (path.kind === 'property') return source.property(path.name)
  if (path.kind === 'extended') return source.extended(path.key)?.child('Value')
  return entryOf(source.property(path.name), path)
}

/** Returns every text in a property: for recipients, all names and addresses. */
function textsOf(property: XmlElement | undefined): readonly string[] {
  if (property === undefined) return []
  return property.children.length === 0 ? [property.text] : property.children.flatMap(textsOf)
}

const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d/
const NUMBER = /^-?\d+(\.\d+)?$/
const isBoolean = (text: string) => /^(true|false|[01])$/.test(text)

function compareTexts(left: string, right: string): number {
  if (DATE.test(left) && DATE.test(right)) return Date.parse(left) - Date.parse(right)
  if (NUMBER.test(left) && NUMBER.test(right)) return Number(left) - Number(right)
  if (isBoolean(left) && isBoolean(right)) return Number(isTrue(left)) - Number(isTrue(right))
  const [a, b] = [left.toLowerCase(), right.toLowerCase()]
  return a < b ? -1 : Number(a > b)
}

/** Compiles a SortOrder into a comparison. */
export function readSortOrder(
  order: XmlElement | undefined,
): ((a: Source, b: Source) => number) | undefined {
  const fields = (order?.children ?? []).map(field => ({
    path: pathIn(field),
    sign: field.attribute('Order') === 'Descending' ? -1 : 1,
  }))
  if (fields.length === 0) return undefined
  return (a, b) => {
    for (const { path, sign } of fields) {
      const [left, right] = [a, b].map(source => comparable(propertyAt(source, path)) ?? '')
      const result = compareTexts(left ?? '', right ?? '') * sign
      if (result !== 0) return result
    }
    return 0
  }
}

const KEYWORDS: Readonly<Record<string, readonly string[]>> = {
  body: ['Body'],
  cc: ['CcRecipients'],
  from: ['From'],
  subject: ['Subject'],
  to: ['ToRecipients'],
}

/** Compiles a QueryString, with words and `keyword:word` only. All must match. */
export function readQuery(query: string | undefined): Test {
  const terms = query?.match(/(?:[a-z]+:)?(?:"[^"]*"|[^\s"]+)/gi) ?? []
  return all(
    terms.map(term => {
      const [, keyword = '', word = ''] = /^(?:([a-z]+):)?"?([^"]*)"?$/i.exec(term) ?? []
      const key = keyword.toLowerCase()
      const names = Object.hasOwn(KEYWORDS, key) ? KEYWORDS[key] : undefined
      const wanted = (names === undefined && keyword !== '' ? term : word).toLowerCase()
      return ({ property }) =>
        (names ?? Object.values(KEYWORDS).flat()).some(name =>
          textsOf(property(name)).some(text => text.toLowerCase().includes(wanted)),
        )
    }),
  )
}
