/**
 * Answers `POST /oauth2/token` with the client credentials grant, so that standard OAuth clients get the same
 * token as from AssumeImpersonationRole.
 *
 * The client is an access key and its secret, in Basic or in the body. The scope is a role, by its ID or
 * name.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4
 * @module
 */

import { type Denied, isAllowed } from '../decision/decision.ts'
import { gather } from '../http/gathered-body.ts'
import { Failure } from '../model/failure.ts'
import { factsOf, noteRefused } from './authenticate.ts'
import type { RequestContext } from './context.ts'
import { decideToken, mayAssumeNamed } from './decide.ts'
import { discardBody } from './ending.ts'
import { type Client, type Reached, type Requested, record } from './oauth-record.ts'
import { OAuthRefusal, refusalOf, throttled } from './oauth-refusal.ts'

const MAX_BODY_BYTES = 16_384

/** Answers one request for a token. Never throws. */
export async function grantToken(context: RequestContext): Promise<void> {
  let reached: Reached | undefined
  try {
    const form = await readForm(context)
    const client = await authenticateClient(context, form)
    reached = client
    countRequest(client)
    const requested = roleRequested(client, form)
    reached = requested
    const decided = await decideToken(requested)
    reached = { ...requested, decided }
    if (!isAllowed(decided)) throw refusalOfDenial(requested, decided)
    const { tokens } = context.server.ports
    const { principal, credential } = requested.caller
    const { token, expiresInSeconds } = await tokens.issue(decided.role, principal, credential.key)
    await record(reached, 'allow')
    context.reply.json(200, {
      access_token: token,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
    })
  } catch (error) {
    await refuse(context, reached, error)
  }
  discardBody(context)
}

async function readForm(context: RequestContext) {
  const { request, response, expectsContinue } = context
  const { headers } = request
  if (!isForm(headers['content-type'] ?? ''))
    throw new OAuthRefusal(
      'invalid_request',
      'Content-Type must be application/x-www-form-urlencoded.',
    )
  if (Number(headers['content-length']) > MAX_BODY_BYTES) throw tooLong()
  if (expectsContinue) response.writeContinue()

  const form = new URLSearchParams(await readText(context))
  const repeated = [...form.keys()].find(name => form.getAll(name).length > 1)
  if (repeated === undefined) return form
  throw new OAuthRefusal('invalid_request', 'A parameter appears more than once.')
}

async function readText({ body, reservation }: RequestContext): Promise<string> {
  try {
    const bytes = await gather(body, { reservation, most: MAX_BODY_BYTES })
    return bytes.toString()
  } catch (error) {
    throw error instanceof Failure && error.reason === 'body-too-large' ? tooLong() : error
  }
}

const tooLong = () =>
  new OAuthRefusal('invalid_request', `The request exceeds the limit of ${MAX_BODY_BYTES} bytes.`)

const isForm = (type: string) =>
  /^application\/x-www-form-urlencoded\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?$/i.test(type)

async function authenticateClient(context: RequestContext, form: URLSearchParams): Promise<Client> {
  if (form.get('grant_type') === null)
    throw new OAuthRefusal('invalid_request', 'grant_type is missing: send client_credentials.')
  if (form.get('grant_type') !== 'client_credentials')
    throw new OAuthRefusal('unsupported_grant_type', 'grant_type must be client_credentials.')

  const { server, source, trace } = context
  const { authenticator, moment } = server.ports
  const presented = {
    authorization: presentedClient(context, form),
    sourceAddress: source.address,
    ...moment(),
  }
  const act = () => authenticator.authenticateClient(presented)
  const authentication = await (trace ? trace.step('authenticate', act, factsOf) : act())
  if (authentication.kind === 'authenticated') return { context, caller: authentication.caller }
  await noteRefused(context, authentication)
  const retryAfter = authentication.kind === 'braked' ? authentication.retryAfterMs : undefined
  throw new OAuthRefusal(
    'invalid_client',
    'Send the ID and the secret of an access key that may assume roles and nothing else.',
    retryAfter === undefined ? undefined : Math.ceil(retryAfter / 1_000),
  )
}

/** Counts a token request for the limits of its principal. @throws OAuthRefusal if there are too many, or too many records */
function countRequest({ context, caller }: Client): void {
  try {
    context.server.ports.journalShares.check(caller.principal.id)
    context.server.rate.take(caller.principal.id)
  } catch (error) {
    throw error instanceof Failure ? throttled(error) : error
  }
}

/** Returns the client's credentials as the value of a Basic header; undefined if there are none, or only a token. */
function presentedClient({ request }: RequestContext, form: URLSearchParams): string | undefined {
  const { authorization } = request.headers
  const [id, secret] = [form.get('client_id'), form.get('client_secret')]
  if (authorization !== undefined && secret !== null)
    throw new OAuthRefusal('invalid_request', 'Send client_secret or Authorization, not both.')
  if (authorization !== undefined)
    return /^Bearer /i.test(authorization) ? undefined : authorization
  if (id === null || secret === null) return undefined
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}

/**
 * Reads the requested role.
 *
 * @throws OAuthRefusal if the user name of the client contains a mailbox, or if it sent a token
 */
function roleRequested({ context, caller }: Client, form: URLSearchParams): Requested {
  const { proof, mailbox } = caller
  if (mailbox !== undefined)
    throw new OAuthRefusal(
      'invalid_request',
      'A token is for a role, not for a mailbox: remove the mailbox from the user name.',
    )
  if (proof.kind !== 'key')
    throw new OAuthRefusal(
      'invalid_client',
      'Send the ID and the secret of an access key, not a token.',
    )
  const roleReference = form.get('scope') || proof.roleReference
  if (roleReference === undefined) return { context, caller, roleReference }
  return { context, caller: { ...caller, proof: { ...proof, roleReference } }, roleReference }
}

const notPermitted = () =>
  new OAuthRefusal('unauthorized_client', 'The key may not assume this role.')

/** Returns the error for a denial. Roles that the client can't assume get the same error as roles that don't exist. */
function refusalOfDenial(requested: Requested, { decision, role }: Denied): OAuthRefusal {
  const { roleReference } = requested
  switch (decision.reason) {
    case 'role-locked':
      return new OAuthRefusal(
        'unauthorized_client',
        `The role is locked. ${role?.lock?.message ?? ''}`,
      )
    case 'role-expired':
      return new OAuthRefusal('unauthorized_client', 'The role is not valid at this time.')
    case 'principal-expired':
      return new OAuthRefusal('unauthorized_client', 'The principal is not valid at this time.')
    case 'role-ambiguous':
      return new OAuthRefusal('invalid_scope', 'Send the ID or name of a role as scope.')
    case 'role-unknown':
      return roleReference !== undefined && mayAssumeNamed(requested, roleReference)
        ? new OAuthRefusal('invalid_scope', 'There is no such role.')
        : notPermitted()
    default:
      return notPermitted()
  }
}

async function refuse(
  context: RequestContext,
  reached: Reached | undefined,
  error: unknown,
): Promise<void> {
  const { reply, response, server } = context
  const { log } = server.ports
  if (error instanceof Failure && error.reason === 'client-gone') {
    response.destroy()
    return
  }
  const refusal = refusalOf(error)
  if (refusal.error === 'server_error') log.error({ err: error }, 'Unhandled error')
  try {
    if (reached !== undefined) await record(reached, refusal.verdict, refusal.error)
  } catch (unrecorded) {
    log.error({ err: unrecorded }, 'Cannot record a rejected token request')
  }
  reply.json(
    refusal.status,
    { error: refusal.error, error_description: refusal.message },
    refusal.retryAfterSeconds,
  )
}
