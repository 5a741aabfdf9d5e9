/**
 * Answers GET requests: a page about this endpoint, and the upstream's schema files.
 *
 * @module
 */

import { overBudget } from '../http/byte-budget.ts'
import { SENDING_BYTES } from '../http/send.ts'
import { Failure } from '../model/failure.ts'
import type { OrganizationId } from '../model/identity.ts'
import type { SchemaFile } from '../upstream/upstream.ts'
import { admit } from './admit.ts'
import { authenticate } from './authenticate.ts'
import type { RequestContext } from './context.ts'
import { discardBody } from './ending.ts'

const PAGE = `<!DOCTYPE html>
<title>Exchange Web Services</title>
<p>This is an Exchange Web Services endpoint. Point an EWS client at it.</p>
`

const FILES: Readonly<Record<string, SchemaFile>> = {
  '/ews/services.wsdl': 'services.wsdl',
  '/ews/messages.xsd': 'messages.xsd',
  '/ews/types.xsd': 'types.xsd',
}

/** Returns the schema file at a path in lower case. */
export const schemaFileOf = (path: string): SchemaFile | undefined =>
  Object.hasOwn(FILES, path) ? FILES[path] : undefined

/** Sends a short page with which clients can check the URL. Without credentials, they get 401. */
export async function greet(context: RequestContext): Promise<void> {
  const { reply } = context
  await authenticated(context, async () => reply.text(200, PAGE, 'text/html; charset=utf-8'))
}

/** Sends a schema file of the organization's upstream. */
export async function sendSchema(context: RequestContext, file: SchemaFile): Promise<void> {
  await authenticated(context, async organizationId => {
    const { reply, server } = context
    const { organizations, settings } = server.ports
    const served = organizations.get(organizationId)
    const bytes = await served?.upstream.schema(file, gatewayUrl(context, settings.publicUrl))
    if (bytes === undefined) reply.text(404, 'The upstream has no such file\n')
    else await sendFile(context, bytes, file === 'services.wsdl')
  })
}

/**
 * Sends a schema file. Resolves when the response has ended.
 *
 * @param isOwn - whether the bytes are a new copy for this response, which uses additional memory
 * @throws Failure `over-budget`
 */
async function sendFile(
  { reply, reservation }: RequestContext,
  bytes: Uint8Array,
  isOwn: boolean,
): Promise<void> {
  if (!reservation.reserve(SENDING_BYTES + (isOwn ? bytes.length : 0))) throw overBudget()
  await reply.bytesOf(bytes, 'text/xml; charset=utf-8')
}

async function authenticated(
  context: RequestContext,
  answer: (organizationId: OrganizationId) => Promise<void>,
): Promise<void> {
  const { server, reply } = context
  let leave: (() => void) | undefined
  try {
    const authenticated = await authenticate(context)
    if (authenticated === undefined) return
    leave = admit(authenticated)
    await answer(authenticated.caller.principal.organizationId)
  } catch (error) {
    const known = error instanceof Failure
    if (!known) server.ports.log.error({ err: error }, 'Unhandled error')
    reply.text(
      503,
      known
        ? 'The gateway cannot process the request now. Try again later\n'
        : 'An internal error occurred\n',
    )
  } finally {
    leave?.()
  }
  discardBody(context)
}

/**
 * Returns the URL of the gateway's EWS: the configured one, or the one that this request used.
 *
 * @throws Failure `header-refused` if the request's Host is invalid
 */
export function gatewayUrl(
  { request, source }: RequestContext,
  publicUrl: string | undefined,
): string {
  const origin = publicUrl ?? `${source.secure ? 'https' : 'http'}://${request.headers.host ?? ''}`
  if (!URL.canParse(origin))
    throw new Failure(
      'header-refused',
      'The Host header is not a valid host name. Send the host of the URL, and its port if it has one.',
    )
  return new URL('/EWS/Exchange.asmx', origin).href
}
