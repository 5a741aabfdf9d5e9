/**
 * `ews-gateway api`: calls an operation of a running gateway's control API.
 *
 * @module
 */

import { compile, type JSONValue, search } from '@jmespath-community/jmespath'
import type { Config } from '../config/schema.ts'
import { ACTIONS } from '../control/actions.ts'
import { hasMember, withDates, withSeconds } from '../control/json-times.ts'
import { visibleJson } from '../model/visible-text.ts'
import {
  ApiCallError,
  type ApiOptions,
  type Environment,
  messageOf,
  organizationIdOf,
  read,
  sendCall,
} from './api-call.ts'
import type { Output } from './users.ts'

/** Arguments and options of a call. */
export type ApiCall = ApiOptions &
  Readonly<{
    /** Name of an operation, such as `ListUsers`, or with its service, such as `WorkMailService.ListUsers`. */
    operation: string
    /** Input as JSON. Without it and `file`, the input is an empty object. */
    json?: string
    file?: string
    /** JMESPath expression. Only the part of the output that it selects is printed. */
    query?: string
  }>

/**
 * Signs and sends a call, and prints the output as JSON.
 *
 * Printed times are ISO 8601 dates. The input can have ISO 8601 dates or seconds since 1970.
 *
 * @param env - provides the secret, and the access key ID if the call has none
 * @param config - provides the organization and the control listener if the call names none
 * @throws ApiCallError
 */
export async function callApi(
  call: ApiCall,
  env: Environment,
  { print }: Pick<Output, 'print'>,
  config?: Config,
): Promise<void> {
  const select = selectorOf(call.query)
  const selected = select(await answerTo(call, env, config))
  print(`${visibleJson(selected, 2)}\n`)
}

/** Signs and sends a call, and returns the output with ISO 8601 dates. @throws ApiCallError */
async function answerTo(
  call: ApiCall,
  env: Environment,
  config: Config | undefined,
): Promise<unknown> {
  const target = targetOf(call.operation)
  const body = JSON.stringify(await inputOf(call, target, config))
  const answer = await sendCall(call, target, body, env, config)
  const output = ACTIONS.get(target)?.output
  return output ? withDates(output, answer) : answer
}

/** Compiles the query before the call, so that a call with an invalid query changes nothing. */
function selectorOf(query: string | undefined): (output: unknown) => unknown {
  if (query === undefined) return output => output
  explainQuery(query, () => compile(query))
  return output => explainQuery(query, () => search(output as JSONValue, query))
}

function explainQuery<T>(query: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new ApiCallError(`--query ${query}: ${messageOf(error)}`)
  }
}

/** Returns the input with dates converted to seconds, and with the organization if it was omitted. */
async function inputOf(
  call: ApiCall,
  target: string,
  config: Config | undefined,
): Promise<unknown> {
  const schema = ACTIONS.get(target)?.input
  const given = givenInput(call)
  if (typeof given !== 'object' || given === null || !schema) return given
  const isComplete = 'OrganizationId' in given || !hasMember(schema, 'OrganizationId')
  const organization = isComplete ? undefined : await organizationIdOf(call, config)
  const complete = organization === undefined ? given : { OrganizationId: organization, ...given }
  return withSeconds(schema, complete)
}

function givenInput({ json, file }: ApiCall): unknown {
  if (json !== undefined && file !== undefined)
    throw new ApiCallError('Give the input either as JSON or with --file, not both')
  const text = file === undefined ? (json ?? '{}') : read(file)
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new ApiCallError(`The input is not JSON: ${messageOf(error).replaceAll(/\s+/g, ' ')}`)
  }
}

/**
 * Returns the name of an operation with its service. An operation that this version doesn't know must include the
 * service.
 */
function targetOf(operation: string): string {
  if (operation.includes('.')) return operation
  const target = ['WorkMailService', 'EwsGateway']
    .map(service => `${service}.${operation}`)
    .find(name => ACTIONS.has(name))
  if (target !== undefined) return target
  const names = [...ACTIONS.values()].map(({ name }) => name).toSorted()
  throw new ApiCallError(
    `Unknown operation ${operation}. Available operations: ${names.join(', ')}`,
  )
}
