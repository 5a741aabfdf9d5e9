/**
 * Autodiscover on the data listener: whoever may impersonate a user learns where the gateway is.
 *
 * A decision like any other, with the access control action AutoDiscover; it asks the upstream
 * nothing. A passed-on answer of the upstream's would send clients past the gateway.
 *
 * @module
 */

import type { DiscoveryAnswer, Form, Question } from '../ews/autodiscover/autodiscover.ts'
import { LONGEST_DOCUMENT } from '../ews/autodiscover/document.ts'
import { isJsonPath, JSON_FORM } from '../ews/autodiscover/json.ts'
import { POX } from '../ews/autodiscover/pox.ts'
import { SOAP } from '../ews/autodiscover/soap.ts'
import { responseCodeOf } from '../ews/fault.ts'
import { overBudget } from '../http/byte-budget.ts'
import { gather } from '../http/gathered-body.ts'
import type { Failure } from '../model/failure.ts'
import { byAddress } from '../model/identity.ts'
import { authenticate } from './authenticate.ts'
import { failureOf, leaveTraces } from './ending.ts'
import { gatewayUrl } from './pages.ts'
import { decideDiscovery } from './present.ts'
import { checkHeaders } from './read.ts'
import type { Visit } from './visit.ts'

/** As audit and metrics call it. */
const OPERATION = 'AutoDiscover'

const DENIED = 'ErrorImpersonateUserDenied'

/** The form that a request is in, if it is one. @param url - in lower case */
export function formOf(method: string | undefined, url: string): Form | undefined {
  if (method === 'POST' && url === '/autodiscover/autodiscover.xml') return POX
  if (method === 'POST' && url === '/autodiscover/autodiscover.svc') return SOAP
  const [path = ''] = url.split('?', 1)
  return method === 'GET' && isJsonPath(path) ? JSON_FORM : undefined
}

/** Answers one request. Never throws. */
export async function discover(visit: Visit, form: Form): Promise<void> {
  const { trail, house } = visit
  let leave: (() => void) | undefined
  try {
    const caller = await authenticate(visit)
    if (caller === undefined) return
    trail.known.caller = caller
    trail.known.prologue = { requestElement: OPERATION }
    leave = house.inFlight.enter(caller.principal.id)
    if (!visit.reservation.assign(caller.principal.id)) throw overBudget()
    const question = await readQuestion(visit, form)
    const connectingSid = byAddress(question.address)
    trail.known.prologue = { requestElement: OPERATION, connectingSid }

    const url = gatewayUrl(visit, house.ports.settings.publicUrl)
    const { decision } = await decideDiscovery(visit, question.address)
    trail.judged(decision)
    send(visit, decision.verdict === 'allow' ? form.found(question, url) : form.notFound())
  } catch (error) {
    refuse(visit, form, error)
  } finally {
    leave?.()
    leaveTraces(visit)
  }
}

async function readQuestion(visit: Visit, form: Form): Promise<Question> {
  const { request, response, body, reservation, house } = visit
  const { url = '', method } = request
  if (method === 'GET') return form.read(Buffer.alloc(0), url)
  checkHeaders(request, { ...house.ports.settings.limits, bodyBytes: LONGEST_DOCUMENT })
  if (visit.expectsContinue) response.writeContinue()
  return form.read(await gather(body, { reservation, most: LONGEST_DOCUMENT }), url)
}

/** Turns whatever was thrown into an answer, once it has been recorded. */
function refuse(visit: Visit, form: Form, error: unknown): void {
  const failure = failureOf(error)
  if (failure.reason === 'internal-error') visit.house.ports.log.error({ err: error }, 'A bug')
  try {
    visit.trail.failed(failure.reason)
    answerFailure(visit, form, failure)
  } catch (unrecorded) {
    answerFailure(visit, form, failureOf(unrecorded))
  }
}

function answerFailure({ response, reply, ...visit }: Visit, form: Form, failure: Failure): void {
  const { reason, message } = failure
  if (response.headersSent || response.destroyed || reason === 'client-gone') {
    response.destroy()
    return
  }
  if (reason === 'credentials-refused') reply.unauthorized('invalid')
  else if (responseCodeOf(reason) === DENIED) send({ reply, ...visit }, form.notFound())
  else if (INVALID.has(reason)) send({ reply, ...visit }, form.invalid(message))
  else if (reason === 'body-too-large') reply.text(413, `${message}\n`)
  else if (reason === 'internal-error') reply.text(500, 'An error\n')
  else reply.text(503, 'Not available now: try again later\n')
}

/** The client's own mistakes. */
const INVALID: ReadonlySet<string> = new Set([
  'envelope-malformed',
  'encoding-refused',
  'header-refused',
])

function send(
  { reply, trail }: Pick<Visit, 'reply' | 'trail'>,
  { status, type, body }: DiscoveryAnswer,
): void {
  reply.text(status, body, type)
  trail.responseBytes = reply.bytes
}
