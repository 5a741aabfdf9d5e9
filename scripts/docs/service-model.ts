/**
 * The service model of the gateway's own actions, from which the AWS CLI and boto3 call them.
 *
 * @see https://github.com/boto/botocore/tree/develop/botocore/data
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { ACTIONS } from '../../src/control/actions.ts'
import { givenPolicy, policyShape } from '../../src/control/contract/policy-document.ts'
import { STATUS } from '../../src/control/errors.ts'
import { SERVICE } from '../../src/credentials/sigv4-form.ts'

type JsonSchema = z.core.JSONSchema.JSONSchema

type Reference = Readonly<{ shape: string; documentation?: string }>

type Shape = Readonly<{
  type: string
  required?: readonly string[]
  members?: Readonly<Record<string, Reference>>
  member?: Reference
  key?: Reference
  value?: Reference
  enum?: readonly unknown[]
  document?: true
  exception?: true
}>

/** Changes when a client that has an older model could no longer call an action. */
const API_VERSION = '2026-11-01'

/** Returns the model of all actions of `EwsGateway`. */
export function serviceModel() {
  const shapes = new Shapes()
  const own = [...ACTIONS.values()].filter(({ service }) => service === 'EwsGateway')
  const operations = own.map(({ name, summary, input, output }) => ({
    name,
    http: { method: 'POST', requestUri: '/' },
    input: { shape: shapes.structure(`${name}Request`, schemaOf(input, 'input')) },
    output: { shape: shapes.structure(`${name}Response`, schemaOf(output, 'output')) },
    documentation: summary,
  }))
  const exception = {
    type: 'structure',
    members: { Message: shapes.text() },
    exception: true,
  } as const
  for (const type of Object.keys(STATUS)) shapes.add(type, exception)
  return {
    version: '2.0',
    metadata: {
      apiVersion: API_VERSION,
      endpointPrefix: 'ewsgateway',
      jsonVersion: '1.1',
      protocol: 'json',
      serviceFullName: 'EWS impersonation gateway',
      serviceId: 'EwsGateway',
      signatureVersion: 'v4',
      signingName: SERVICE,
      targetPrefix: 'EwsGateway',
      uid: `ewsgateway-${API_VERSION}`,
    },
    operations: Object.fromEntries(operations.map(operation => [operation.name, operation])),
    shapes: shapes.sorted(),
  }
}

/** Returns a JSON Schema, in which a policy has lists only. */
const schemaOf = (schema: z.ZodType, io: 'input' | 'output'): JsonSchema =>
  z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => {
      if (zodSchema === policyShape) Object.assign(jsonSchema, schemaOf(givenPolicy, io))
    },
  })

/** Shapes by name. Two of the same name and content are one. */
class Shapes {
  readonly #all = new Map<string, Shape>()

  /** Returns the name that the shape got: another one has a number behind it. */
  add(name: string, shape: Shape): string {
    for (let number = 1; ; number += 1) {
      const unique = number === 1 ? name : `${name}${number}`
      const present = this.#all.get(unique)
      if (present === undefined) this.#all.set(unique, shape)
      if (present === undefined || isDeepStrictEqual(present, shape)) return unique
    }
  }

  sorted(): Readonly<Record<string, Shape>> {
    return Object.fromEntries([...this.#all].sort(([one], [other]) => (one < other ? -1 : 1)))
  }

  text = (): Reference => ({ shape: this.add('String', { type: 'string' }) })

  structure(name: string, { properties = {}, required = [] }: JsonSchema): string {
    const members = Object.entries(properties).map(([member, schema]) => [
      member,
      this.#reference(member, schema),
    ])
    return this.add(name, {
      type: 'structure',
      ...(required.length > 0 && { required }),
      members: Object.fromEntries(members),
    })
  }

  /** @param name - of the member, from which its shape has its name */
  #reference(name: string, schema: z.core.JSONSchema._JSONSchema): Reference {
    if (typeof schema === 'boolean') throw new TypeError(`${name} has no schema`)
    const { description } = schema
    const shape = this.#shapeOf(name, schema)
    return { shape, ...(description !== undefined && { documentation: plain(description) }) }
  }

  #shapeOf(name: string, schema: JsonSchema): string {
    const { type, format, items, additionalProperties: values, maximum = Number.MAX_VALUE } = schema
    if (schema.enum) return this.add(name, { type: 'string', enum: schema.enum })
    if (type === 'string') return this.text().shape
    if (type === 'boolean') return this.add('Boolean', { type })
    if (format === UNIX_TIME) return this.add('Timestamp', { type: 'timestamp' })
    if (type === 'number') return this.add('Double', { type: 'double' })
    if (type === 'integer')
      return maximum < 2 ** 31 ? this.add('Integer', { type }) : this.add('Long', { type: 'long' })
    if (type === 'array' && typeof items === 'object' && !Array.isArray(items)) {
      const { shape } = this.#reference(name.replace(/s$/, ''), items)
      return this.add(`${shape}List`, { type: 'list', member: { shape } })
    }
    if (schema.properties && values === false) return this.structure(name, schema)
    if (typeof values === 'object' && Object.keys(values).length > 0)
      return this.add(`${name}Map`, {
        type: 'map',
        key: this.text(),
        value: this.#reference(`${name}Value`, values),
      })
    return this.add('Document', { type: 'structure', members: {}, document: true })
  }
}

/** The format of a time in seconds. */
const UNIX_TIME = 'unix-time'

/** Text without links, which lead to other pages of docs/. */
const plain = (text: string) => text.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
