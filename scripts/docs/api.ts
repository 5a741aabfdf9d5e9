/**
 * The documentation of the control API, made from the table of actions.
 *
 * @module
 */

import { z } from 'zod'
import type { Action } from '../../src/control/action.ts'
import { ACTIONS } from '../../src/control/actions.ts'
import { INTRODUCTION, PARTS } from './api-text.ts'
import { exampleBlocks } from './example-blocks.ts'
import { exampleOf } from './examples.ts'

type JsonSchema = z.core.JSONSchema.JSONSchema

/** A member of an input or output, by its path. */
type Member = Readonly<{ path: string; schema: JsonSchema; needed: boolean }>

/** The page that explains every action. */
export function apiPage(): string {
  const parts = PARTS.map(({ title, service, about }) => {
    const actions = [...ACTIONS.values()].filter(action => action.service === service)
    return [`## ${title}\n\n${about}\n`, ...actions.map(writeAction)].join('\n')
  })
  return [INTRODUCTION, ...parts].join('\n')
}

function writeAction(action: Action): string {
  const { name, permission, summary, input, output, audited } = action
  const facts = [`Permission \`${permission}\`.`, audited ? 'Every call is audited.' : '']
  const taken = membersOf(schemaOf(input), '').map(
    ({ path, schema, needed }) => `- \`${path}\`${needed ? ', required' : ''}: ${whatIs(schema)}`,
  )
  const given = membersOf(z.toJSONSchema(output), '').map(
    ({ path, schema, needed }) => `- \`${path}\`${needed ? '' : ', optional'}: ${whatIs(schema)}`,
  )
  return [
    `### ${name}`,
    summary,
    facts.filter(Boolean).join(' '),
    taken.join('\n'),
    given.length > 0 ? `Response:\n\n${given.join('\n')}` : 'The response has no members.',
    'Example:',
    `${exampleBlocks(exampleOf(name))}\n`,
  ].join('\n\n')
}

const schemaOf = (input: z.ZodType): JsonSchema =>
  z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' })

/** Returns all members, including those of nested structures without a title. */
function membersOf(schema: JsonSchema, above: string): Member[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    if (typeof value !== 'object') return []
    const path = `${above}${name}`
    const member = { path, schema: value, needed: schema.required?.includes(name) ?? false }
    if (value.title !== undefined) return [member]
    const entry = entryOf(value)
    return [
      member,
      ...membersOf(value, `${path}.`),
      ...(entry?.properties ? membersOf(entry, `${path}[].`) : []),
    ]
  })
}

function entryOf({ items }: JsonSchema): JsonSchema | undefined {
  return typeof items === 'object' && !Array.isArray(items) ? items : undefined
}

function whatIs(schema: JsonSchema): string {
  const { description } = schema
  return description === undefined ? kindOf(schema) : `${kindOf(schema)}. ${description}`
}

function kindOf(schema: JsonSchema): string {
  if (schema.title !== undefined) return schema.title
  if (schema.const !== undefined) return `\`${schema.const}\``
  if (schema.enum) return schema.enum.map(word => `\`${word}\``).join(', ')
  if (schema.type === 'boolean') return '`true` or `false`'
  if (schema.type === 'integer') return `a whole number${rangeOf(schema)}`
  if (schema.type === 'number') return 'a number'
  if (schema.type === undefined) return 'any JSON value'
  if (schema.type === 'object') return 'a structure'
  const entry = entryOf(schema)
  if (schema.type === 'array') {
    const least = schema.minItems === 1 ? 'a list of at least one' : 'a list'
    return entry === undefined || entry.properties ? least : `${least}, each ${kindOf(entry)}`
  }
  return textKind(schema)
}

/** The range of a whole number, unless it is that of all exact numbers. */
const rangeOf = ({ minimum, maximum = Number.MAX_SAFE_INTEGER }: JsonSchema) =>
  maximum === Number.MAX_SAFE_INTEGER ? '' : `, ${minimum} to ${maximum}`

function textKind({ minLength, maxLength, pattern }: JsonSchema): string {
  if (maxLength === undefined) return 'text'
  const length = minLength === maxLength ? `${maxLength}` : `${minLength} to ${maxLength}`
  const characters = `${length} characters`
  return pattern === undefined || ANYTHING.test(pattern)
    ? characters
    : `${characters}, \`${pattern}\``
}

/** Patterns that say nothing. */
const ANYTHING = /^\[\\s\\S\]\*$/
