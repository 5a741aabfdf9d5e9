/**
 * What can be fetched with GET: a page that says what this is, and the upstream's schema files.
 *
 * @module
 */

import { overBudget } from '../http/byte-budget.ts'
import { SENDING_BYTES } from '../http/send.ts'
import { Failure } from '../model/failure.ts'
import type { SchemaFile } from '../upstream/upstream.ts'
import { authenticate } from './authenticate.ts'
import { discardBody } from './ending.ts'
import type { Visit } from './visit.ts'

const PAGE = `<!DOCTYPE html>
<title>Exchange Web Services</title>
<p>This is an Exchange Web Services endpoint. Point an EWS client at it.</p>
`

const FILES: Readonly<Record<string, SchemaFile>> = {
  '/ews/services.wsdl': 'services.wsdl',
  '/ews/messages.xsd': 'messages.xsd',
  '/ews/types.xsd': 'types.xsd',
}

/** The file that a path in lower case asks for. */
export const schemaFileOf = (path: string): SchemaFile | undefined =>
  Object.hasOwn(FILES, path) ? FILES[path] : undefined

/** Clients look whether the address is right; without credentials that is 401. */
export async function greet(visit: Visit): Promise<void> {
  await authenticated(visit, async () => visit.reply.text(200, PAGE, 'text/html; charset=utf-8'))
}

export async function sendSchema(visit: Visit, file: SchemaFile): Promise<void> {
  await authenticated(visit, async organizationId => {
    const { organizations, settings } = visit.house.ports
    const served = [...organizations.values()].find(
      ({ organization }) => organization.id === organizationId,
    )
    const bytes = await served?.upstream.schema(file, gatewayUrl(visit, settings.publicUrl))
    if (bytes === undefined) visit.reply.text(404, 'The upstream has no such file\n')
    else await sendFile(visit, bytes, file === 'services.wsdl')
  })
}

/**
 * Resolves when the response has ended.
 *
 * @param isOwn - whether the response may have a copy of its own
 * @throws Failure `over-budget`
 */
async function sendFile(
  { reply, reservation }: Visit,
  bytes: Uint8Array,
  isOwn: boolean,
): Promise<void> {
  if (!reservation.reserve(SENDING_BYTES + (isOwn ? bytes.length : 0))) throw overBudget()
  await reply.bytesOf(bytes, 'text/xml; charset=utf-8')
}

async function authenticated(
  visit: Visit,
  answer: (organizationId: string) => Promise<void>,
): Promise<void> {
  const { reservation, house, reply } = visit
  let leave: (() => void) | undefined
  try {
    const caller = await authenticate(visit)
    if (caller === undefined) return
    const { id, organizationId } = caller.principal
    leave = house.inFlight.enter(id)
    if (!reservation.assign(id)) throw overBudget()
    await answer(organizationId)
  } catch (error) {
    const known = error instanceof Failure
    if (!known) house.ports.log.error({ err: error }, 'A bug')
    reply.text(503, known ? 'Not available now: try again later\n' : 'An error\n')
  } finally {
    leave?.()
  }
  discardBody(visit)
}

/**
 * Where clients reach the gateway's EWS: as configured, else as this one did.
 *
 * @throws Failure `header-refused` where this one did not say how
 */
export function gatewayUrl({ request, source }: Visit, publicUrl: string | undefined): string {
  const origin = publicUrl ?? `${source.secure ? 'https' : 'http'}://${request.headers.host ?? ''}`
  if (!URL.canParse(origin)) throw new Failure('header-refused', 'Host must be a host.')
  return new URL('/EWS/Exchange.asmx', origin).href
}
