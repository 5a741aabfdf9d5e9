/**
 * Signs a call of the control API, sends it, and reads the response. Other commands than `ews-gateway api` use it too,
 * so it doesn't load the contracts of all actions.
 *
 * @module
 */

import type { Config } from '../config/schema.ts'
import { readText } from '../config/secrets.ts'
import { signCall } from '../credentials/sign.ts'
import { isUntrusted, ownMessageOf } from '../model/certificate-error.ts'
import { Secret } from '../model/secret.ts'
import { type Connection, connectionTo, post } from './api-connection.ts'

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

export type Environment = Readonly<Record<string, string | undefined>>

/**
 * Signs and sends a call, and returns the output.
 *
 * @param env - provides the secret, and the access key ID if the options have none
 * @param config - provides the control listener if the options name none
 * @throws ApiCallError
 */
export async function sendCall(
  options: ApiOptions,
  target: string,
  body: string,
  env: Environment,
  config: Config | undefined,
): Promise<Readonly<Record<string, unknown>>> {
  const connection = connectionOf(options, config)
  const url = new URL(connection.url)
  const headers = await signCall({ url, target, body, ...keyOf(options, env), at: Date.now() })
  return await send(connection, headers, body)
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

/** Returns the ID of the organization to use. Without a configuration, `--organization` must be an ID. */
export async function organizationIdOf(
  { organization }: ApiOptions,
  config: Config | undefined,
): Promise<string | undefined> {
  if (organization !== undefined) {
    if (!config) return organization
    const { organizationOf } = await import('./users.ts')
    return organizationOf(config, organization).id
  }
  const [only, ...others] = config?.organizations ?? []
  if (others.length === 0) return only?.id
  throw new ApiCallError(
    'The configuration has several organizations. Choose one with --organization ID',
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

const USE_CA = 'Use --ca FILE with the certificate of the listener, or of its authority, in PEM'

async function send(
  connection: Connection,
  headers: Readonly<Record<string, string>>,
  body: string,
) {
  const { origin } = new URL(connection.url)
  const { status, text } = await post(connection, headers, body).catch(error => {
    const advice = isUntrusted(error)
      ? USE_CA
      : 'Check that the gateway is running, and --config or --endpoint'
    throw new ApiCallError(`Cannot call ${origin}: ${messageOf(error)}. ${advice}`)
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

/** Returns the text of a file. @throws ApiCallError */
export function read(file: string): string {
  try {
    return readText(file)
  } catch (error) {
    throw new ApiCallError(messageOf(error))
  }
}

/**
 * Returns the message of an error, or else its code. The error has no message if all addresses of a name reject the
 * connection.
 */
export const messageOf = (error: unknown): string =>
  error instanceof Error
    ? ownMessageOf(error) || String((error as NodeJS.ErrnoException).code ?? error.name)
    : String(error)
