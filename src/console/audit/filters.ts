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
} as const satisfies Record<Property, string>

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
            Operator: operator === '!=' ? 'NOT_EQUALS' : 'EQUALS',
            Value: value.trim(),
          } as const,
        ]
      : [],
  )
}

export function queryOf(filters: readonly Filter[]): Query {
  const tokens = filters.map(({ Property, Operator, Value }) => ({
    propertyKey: Property,
    operator: Operator === 'EQUALS' ? '=' : '!=',
    value: Value,
  }))
  return { tokens, operation: 'and' }
}

/** Reads parameters such as `role=…&not-operation=…`, and ignores others. */
export function readFilters(params: URLSearchParams): readonly Filter[] {
  return [...params].flatMap(([name, Value]) => {
    const Operator = name.startsWith('not-') ? 'NOT_EQUALS' : 'EQUALS'
    const Property = byName.get(name.replace(/^not-/, ''))
    return Property === undefined || Value === '' ? [] : [{ Property, Operator, Value } as const]
  })
}

/** Replaces the filters among the parameters. */
export function writeFilters(params: URLSearchParams, filters: readonly Filter[]): URLSearchParams {
  const others = [...params].filter(([name]) => !byName.has(name.replace(/^not-/, '')))
  const own = filters.map(({ Property, Operator, Value }): [string, string] => [
    `${Operator === 'EQUALS' ? '' : 'not-'}${PROPERTIES[Property]}`,
    Value,
  ])
  return new URLSearchParams([...others, ...own])
}

const isProperty = (name: string): name is Property => Object.hasOwn(PROPERTIES, name)

const byName: ReadonlyMap<string, Property> = new Map(
  (Object.keys(PROPERTIES) as Property[]).map(property => [PROPERTIES[property], property]),
)
