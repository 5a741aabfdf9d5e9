/**
 * `ews-gateway api`: calls an operation of a running gateway's control API.
 *
 * @module
 */

import { compile, type JSONValue, search } from '@jmespath-community/jmespath'
import type { Config } from '../config/schema.ts'
import { readText } from '../config/secrets.ts'
import { ACTIONS } from '../control/actions.ts'
import { hasMember, withDates, withSeconds } from '../control/json-times.ts'
import { signCall } from '../credentials/sign.ts'
import { Secret } from '../model/secret.ts'
import { type Connection, connectionTo, post } from './api-connection.ts'
import { type Output, organizationOf } from './users.ts'

/** A call failed. The message is one line that says why. */
export class ApiCallError extends Error {
  override readonly name = 'ApiCallError'
}

/** Options of a connection to the control API. */
export type ApiOptions = Readonly<{
  /**
   * URL of the control listener. By default, that of the configuration; without a configuration, the default
   * address on this machine.
   */
  endpoint?: string
  /** ID or alias of an organization of the configuration. By default its only one. */
  organization?: string
  /** File with the certificates in PEM that are trusted for TLS. */
  ca?: string
  accessKeyId?: string
}>

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

export type Environment = Readonly<Record<string, string | undefined>>

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
  print(`${JSON.stringify(selected, undefined, 2)}\n`)
}

/** Signs and sends a call, and returns the output with ISO 8601 dates. @throws ApiCallError */
export async function answerTo(
  call: ApiCall,
  env: Environment,
  config: Config | undefined,
): Promise<unknown> {
  const target = targetOf(call.operation)
  const body = JSON.stringify(inputOf(call, target, config))
  const connection = connectionOf(call, config)
  const url = new URL(connection.url)
  const headers = await signCall({ url, target, body, ...keyOf(call, env), at: Date.now() })
  const answer = await send(connection, headers, body)
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

function connectionOf({ endpoint, ca }: ApiOptions, config: Config | undefined): Connection {
  if (endpoint !== undefined && !['http:', 'https:'].includes(URL.parse(endpoint)?.protocol ?? ''))
    throw new ApiCallError(`--endpoint must be an http or https URL, not ${endpoint}`)
  if (endpoint === undefined && config?.listen.control.port === 0)
    throw new ApiCallError(
      'Cannot tell the port of the control listener, because listen.control is port 0 (any free port). Use --endpoint URL',
    )
  return connectionTo(
    { ...(endpoint !== undefined && { endpoint }), ...(ca !== undefined && { ca: read(ca) }) },
    config,
  )
}

/** Returns the input with dates converted to seconds, and with the organization if it was omitted. */
function inputOf(call: ApiCall, target: string, config: Config | undefined): unknown {
  const schema = ACTIONS.get(target)?.input
  const given = givenInput(call)
  if (typeof given !== 'object' || given === null || !schema) return given
  const isComplete = 'OrganizationId' in given || !hasMember(schema, 'OrganizationId')
  const organization = isComplete ? undefined : organizationIdOf(call, config)
  const complete = organization === undefined ? given : { OrganizationId: organization, ...given }
  return withSeconds(schema, complete)
}

/** Returns the ID of the organization to use. Without a configuration, `--organization` must be an ID. */
function organizationIdOf({ organization }: ApiOptions, config: Config | undefined) {
  if (organization !== undefined)
    return config ? organizationOf(config, organization).id : organization
  const [only, ...others] = config?.organizations ?? []
  if (others.length === 0) return only?.id
  throw new ApiCallError(
    'The configuration has several organizations. Choose one with --organization ID',
  )
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

function read(file: string): string {
  try {
    return readText(file)
  } catch (error) {
    throw new ApiCallError(messageOf(error))
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

function keyOf({ accessKeyId }: ApiOptions, env: Environment) {
  const id = accessKeyId ?? env['AWS_ACCESS_KEY_ID']
  const secret = env['EWS_GATEWAY_SECRET_ACCESS_KEY'] ?? env['AWS_SECRET_ACCESS_KEY']
  if (!id)
    throw new ApiCallError('No access key ID. Set AWS_ACCESS_KEY_ID or use --access-key-id ID')
  if (!secret)
    throw new ApiCallError(
      'No secret access key. Set EWS_GATEWAY_SECRET_ACCESS_KEY or AWS_SECRET_ACCESS_KEY',
    )
  return { accessKeyId: id, secret: new Secret(secret) }
}

async function send(
  connection: Connection,
  headers: Readonly<Record<string, string>>,
  body: string,
) {
  const { origin } = new URL(connection.url)
  const { status, text } = await post(connection, headers, body).catch(error => {
    throw new ApiCallError(
      `Cannot call ${origin}: ${messageOf(error)}. Check that the gateway is running, and --endpoint`,
    )
  })
  const answer = parse(text)
  if (status === 200 && answer !== undefined) return answer
  const { __type, Message } = answer ?? {}
  throw new ApiCallError(
    typeof __type === 'string'
      ? `${__type}: ${Message}`
      : `${origin} is not a control API: it responded with HTTP status ${status}. Check --endpoint`,
  )
}

function parse(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/**
 * Returns the message of an error, or else its code. The error has no message if all addresses of a name reject the
 * connection.
 */
const messageOf = (error: unknown): string =>
  error instanceof Error
    ? error.message || String((error as NodeJS.ErrnoException).code ?? error.name)
    : String(error)
