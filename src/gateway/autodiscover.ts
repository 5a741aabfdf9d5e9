/**
 * Answers Autodiscover on the data listener. Clients that can impersonate a user get the gateway's URL.
 *
 * A request needs a decision like any other, with the access control action AutoDiscover. The gateway writes every
 * response itself, because URLs of the upstream would lead clients past it. It asks the upstream only for
 * GroupingInformation, if `autodiscoverUrl` is configured.
 *
 * @module
 */

import type {
  Discovered,
  DiscoveryAnswer,
  Form,
  Question,
} from '../ews/autodiscover/autodiscover.ts'
import { MAX_DOCUMENT_BYTES } from '../ews/autodiscover/document.ts'
import { GROUPING_INFORMATION } from '../ews/autodiscover/grouping.ts'
import { JSON_FORM } from '../ews/autodiscover/json.ts'
import { POX } from '../ews/autodiscover/pox.ts'
import { SOAP } from '../ews/autodiscover/soap.ts'
import { gather } from '../http/gathered-body.ts'
import type { Deny } from '../model/decision.ts'
import type { Failure } from '../model/failure.ts'
import { REASON_ROWS } from '../model/failure-table.ts'
import { byAddress } from '../model/identity.ts'
import { admit } from './admit.ts'
import { authenticate } from './authenticate.ts'
import type { Discovery, DiscoveryDecided, Reached, RequestContext } from './context.ts'
import { decideDiscovery, servedOrganization } from './decide.ts'
import { endRequest } from './ending.ts'
import { gatewayUrl } from './pages.ts'
import { checkHeaders } from './read.ts'
import { answerError } from './refuse.ts'
import type { Reply } from './reply.ts'
import { RequestRecorder } from './request-recorder.ts'
import type { DiscoveryForm } from './route.ts'

/** Name of the operation in audit and metrics. */
const OPERATION = 'AutoDiscover'

const NO_BODY = new Uint8Array()

const DENIED = 'ErrorImpersonateUserDenied'

const FORMS: Readonly<Record<DiscoveryForm, Form>> = { json: JSON_FORM, pox: POX, soap: SOAP }

/** Answers one request. Never throws. */
export async function discover(context: RequestContext, kind: DiscoveryForm): Promise<void> {
  const { reply, server } = context
  const form = FORMS[kind]
  const recorder = new RequestRecorder(context)
  let leave: (() => void) | undefined
  let reached: Reached = { context }
  try {
    const authenticated = await authenticate(context)
    if (authenticated === undefined) return
    const discovery: Discovery = { ...authenticated, prologue: { requestElement: OPERATION } }
    reached = discovery
    leave = admit(authenticated)
    const question = await readQuestion(context, form)
    const connectingSid = byAddress(question.address)
    const read = { ...discovery, prologue: { requestElement: OPERATION, connectingSid }, question }
    reached = read

    const url = gatewayUrl(context, server.ports.settings.publicUrl)
    const decided = await decideDiscovery(read)
    reached = decided
    if (decided.verdict === 'error') throw decided.failure
    await recorder.decided(decided)
    const { decision } = decided
    if (decision.verdict === 'allow')
      send(reply, form.found(question, { ewsUrl: url, ...(await groupingOf(decided)) }))
    else answerDenial(reply, form, decision)
  } catch (error) {
    await answerError(context, recorder, reached, error, failure =>
      answerFailure(context, form, failure),
    )
  } finally {
    leave?.()
    endRequest(context, recorder, reached)
  }
}

/** Asks the upstream for the grouping information, if the client wants it. */
async function groupingOf({ read, user }: DiscoveryDecided): Promise<Pick<Discovered, 'grouping'>> {
  const { context, caller, question } = read
  const { ports, groupings } = context.server
  const served = servedOrganization(ports, caller.principal.organizationId)
  if (user === undefined || served.upstream.autodiscover === undefined) return {}
  if (!question.settings.includes(GROUPING_INFORMATION)) return {}
  return { grouping: { value: await groupings.of(served, user.primarySmtpAddress) } }
}

/** Sends the response to a denied request: 401 if its token became invalid while the request arrived. */
function answerDenial(reply: Reply, form: Form, { reason }: Deny): void {
  if (reason === 'credentials-refused') reply.unauthorized('invalid')
  else send(reply, form.notFound())
}

async function readQuestion(context: RequestContext, form: Form): Promise<Question> {
  const { request, response, body, reservation } = context
  const { url = '', method } = request
  if (method === 'GET') return form.read(NO_BODY, url)
  checkHeaders(request, MAX_DOCUMENT_BYTES)
  if (context.expectsContinue) response.writeContinue()
  return form.read(await gather(body, { reservation, most: MAX_DOCUMENT_BYTES }), url)
}

function answerFailure({ response, reply }: RequestContext, form: Form, failure: Failure): void {
  const { reason, message } = failure
  if (response.headersSent || response.destroyed || reason === 'client-gone') {
    response.destroy()
    return
  }
  if (REASON_ROWS[reason].code === DENIED) send(reply, form.notFound())
  else if (INVALID.has(reason)) send(reply, form.invalid(message))
  else if (reason === 'body-too-large') reply.text(413, `${message}\n`)
  else if (reason === 'internal-error') reply.text(500, 'An internal error occurred\n')
  else reply.text(503, 'The gateway cannot process the request now. Try again later\n')
}

/** Reasons for which the client's request is invalid. */
const INVALID: ReadonlySet<string> = new Set([
  'envelope-malformed',
  'encoding-refused',
  'header-refused',
])

const send = (reply: Reply, { status, type, body }: DiscoveryAnswer): void =>
  reply.text(status, body, type)
