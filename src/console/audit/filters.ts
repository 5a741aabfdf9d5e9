/**
 * Converts the audit's filters between the property filter, the API, and the query string of the page.
 *
 * @module
 */

import type { Filter, Property } from '../api/history.ts'

export const PROPERTIES = {
  ROLE: 'role',
  PRINCIPAL: 'principal',
  MAILBOX: 'mailbox',
  OPERATION: 'operation',
  VERDICT: 'decision',
  REASON: 'reason',
  OUTCOME: 'outcome',
  CAUSE: 'cause',
  RULE: 'rule',
  ACTION: 'action',
  OBJECT: 'object',
} as const satisfies Record<Property, string>

/** Properties in whose names or texts decisions and totals can be searched. */
export const SEARCHED: readonly Property[] = [
  'ROLE',
  'RULE',
  'PRINCIPAL',
  'MAILBOX',
  'OPERATION',
  'REASON',
]

const DECISION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Value of Cloudscape's property filter. */
export type Query = Readonly<{ tokens: readonly Token[]; operation: 'and' | 'or' }>

type Token = Readonly<{ propertyKey?: string; operator: string; value: unknown }>

/** Ignores tokens without a known property, an operator, or a value. */
export function filtersOf({ tokens }: Query): readonly Filter[] {
  return tokens.flatMap(({ propertyKey = '', operator, value }) =>
    isProperty(propertyKey) && typeof value === 'string' && value.trim() !== ''
      ? [
          {
            Property: propertyKey,
            Operator: operatorOf(operator),
            Value: value.trim(),
          },
        ]
      : [],
  )
}

/** Returns the text that the user entered without a property, if there is one. */
export function freeTextOf({ tokens }: Query): string | undefined {
  const token = tokens.find(({ propertyKey }) => propertyKey === undefined)
  return token && String(token.value).trim()
}

/** Returns the decision ID that a text is, if it is one. */
export function decisionIdOf(text: string | undefined): string | undefined {
  const id = text?.toLowerCase() ?? ''
  return DECISION_ID.test(id) ? id : undefined
}

export function queryOf(filters: readonly Filter[]): Query {
  const tokens = filters.map(({ Property, Operator, Value }) => ({
    propertyKey: Property,
    operator: OPERATORS[Operator].token,
    value: Value,
  }))
  return { tokens, operation: 'and' }
}

/** Reads parameters such as `role=…&not-operation=…&contains-reason=…`, and ignores others. */
export function readFilters(params: URLSearchParams): readonly Filter[] {
  return [...params].flatMap(([name, Value]) => {
    const found = byName.get(name)
    return found === undefined || Value === '' ? [] : [{ ...found, Value }]
  })
}

/** Replaces the filters among the parameters. */
export function writeFilters(params: URLSearchParams, filters: readonly Filter[]): URLSearchParams {
  const others = [...params].filter(([name]) => !byName.has(name))
  const own = filters.map(({ Property, Operator, Value }): [string, string] => [
    nameOf(Property, Operator),
    Value,
  ])
  return new URLSearchParams([...others, ...own])
}

type Operator = Filter['Operator']

/** Operators of the API, with those of the property filter, and the prefixes of parameters. */
const OPERATORS = {
  EQUALS: { token: '=', prefix: '' },
  NOT_EQUALS: { token: '!=', prefix: 'not-' },
  CONTAINS: { token: ':', prefix: 'contains-' },
} as const satisfies Record<Operator, Readonly<{ token: string; prefix: string }>>

const operatorOf = (token: string): Operator =>
  (Object.keys(OPERATORS) as Operator[]).find(name => OPERATORS[name].token === token) ?? 'EQUALS'

const nameOf = (property: Property, operator: Operator) =>
  `${OPERATORS[operator].prefix}${PROPERTIES[property]}`

const isProperty = (name: string): name is Property => Object.hasOwn(PROPERTIES, name)

/** Objects are only searched, so `object=…` reads as `contains-object=…`: ignored, it would list all. */
const readAs = (Property: Property, Operator: Operator): Pick<Filter, 'Property' | 'Operator'> =>
  Property === 'OBJECT' && Operator === 'EQUALS'
    ? { Property, Operator: 'CONTAINS' }
    : { Property, Operator }

const byName: ReadonlyMap<string, Pick<Filter, 'Property' | 'Operator'>> = new Map(
  (Object.keys(PROPERTIES) as Property[]).flatMap(Property =>
    (Object.keys(OPERATORS) as Operator[]).map(
      Operator => [nameOf(Property, Operator), readAs(Property, Operator)] as const,
    ),
  ),
)
