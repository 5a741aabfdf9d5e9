/**
 * `POST /oauth2/token`: the client credentials grant, so that standard OAuth clients get the token
 * that AssumeImpersonationRole gives.
 *
 * The client is an access key and its secret, in Basic or in the body; the scope is a role, by its
 * id or name.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.4
 * @module
 */

import type { Caller } from '../credentials/credentials.ts'
import { gather } from '../http/gathered-body.ts'
import { Failure } from '../model/failure.ts'
import { roleId } from '../model/role.ts'
import { isLocked } from '../policy/decide.ts'
import { authenticateBy, noteRefused } from './authenticate.ts'
import type { RequestContext } from './context.ts'
import { discardBody } from './ending.ts'
import {
  type Assumable,
  type Client,
  type Reached,
  type Requested,
  record,
  type Versioned,
} from './oauth-record.ts'
import { OAuthRefusal, refusalOf } from './oauth-refusal.ts'
import { findRole, mayAssume } from './role.ts'

const LONGEST_BODY = 16_384

/** Answers one request for a token. Never throws. */
export async function grantToken(context: RequestContext): Promise<void> {
  let reached: Reached | undefined
  try {
    const form = await readForm(context)
    const client = await authenticateClient(context, form)
    reached = client
    const requested = roleRequested(client, form)
    reached = requested
    const versioned = await addVersion(requested)
    reached = versioned
    const assumable = await addRole(versioned)
    reached = assumable
    const { token, expiresInSeconds } = await issue(assumable)
    record(assumable, 'allow')
    context.reply.json(200, {
      access_token: token,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
    })
  } catch (error) {
    refuse(context, reached, error)
  }
  discardBody(context)
}

async function readForm(context: RequestContext) {
  const { request, response, expectsContinue } = context
  const { headers } = request
  if (!isForm(headers['content-type'] ?? ''))
    throw new OAuthRefusal('invalid_request', 'Send application/x-www-form-urlencoded.')
  if (Number(headers['content-length'] ?? 0) > LONGEST_BODY) throw tooLong()
  if (expectsContinue) response.writeContinue()

  const form = new URLSearchParams(await readText(context))
  const repeated = [...form.keys()].find(name => form.getAll(name).length > 1)
  if (repeated === undefined) return form
  throw new OAuthRefusal('invalid_request', 'A parameter appears more than once.')
}

async function readText({ body, reservation }: RequestContext): Promise<string> {
  try {
    const bytes = await gather(body, { reservation, most: LONGEST_BODY })
    return bytes.toString()
  } catch (error) {
    throw error instanceof Failure && error.reason === 'body-too-large' ? tooLong() : error
  }
}

const tooLong = () => new OAuthRefusal('invalid_request', `The most is ${LONGEST_BODY} bytes.`)

const isForm = (type: string) =>
  /^application\/x-www-form-urlencoded\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?$/i.test(type)

async function authenticateClient(context: RequestContext, form: URLSearchParams): Promise<Client> {
  if (form.get('grant_type') === null)
    throw new OAuthRefusal('invalid_request', 'grant_type is missing: send client_credentials.')
  if (form.get('grant_type') !== 'client_credentials')
    throw new OAuthRefusal('unsupported_grant_type', 'Only client_credentials is taken.')

  const authentication = await authenticateBy(context, presentedClient(context, form))
  if (authentication.kind === 'authenticated') return { context, caller: authentication.caller }
  noteRefused(context, authentication)
  const retryAfter = authentication.kind === 'braked' ? authentication.retryAfterMs : undefined
  throw new OAuthRefusal(
    'invalid_client',
    'Send the id and the secret of an access key that may assume roles and nothing else.',
    retryAfter === undefined ? undefined : Math.ceil(retryAfter / 1_000),
  )
}

/** Returns the client's credentials as a Basic header; a token is not one. */
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

/** @throws OAuthRefusal if the user name of the client asks for a mailbox */
function roleRequested({ context, caller }: Client, form: URLSearchParams): Requested {
  if (caller.mailbox !== undefined)
    throw new OAuthRefusal('invalid_request', 'A token is of a role: leave the mailbox out.')
  const roleReference = form.get('scope') || caller.roleReference
  return { context, caller, roleReference }
}

async function addVersion(requested: Requested): Promise<Versioned> {
  const { context, caller } = requested
  const { watch } = context.server.ports
  const { version } = await watch.confirmation(caller.principal.organizationId)
  return { ...requested, policyVersion: version }
}

/** @throws OAuthRefusal if the client can't assume the role */
async function addRole(versioned: Versioned): Promise<Assumable> {
  const { context, caller, roleReference } = versioned
  const { roles, now } = context.server.ports
  const asked: Caller = roleReference === undefined ? caller : { ...caller, roleReference }
  try {
    const role = await findRole(asked, context.source, now(), roles)
    return { ...versioned, role }
  } catch (error) {
    throw refusalOfRole(versioned, error)
  }
}

async function issue({ context, caller, role }: Assumable) {
  const { tokens, now } = context.server.ports
  const { lock } = role
  if (isLocked(lock, now()))
    throw new OAuthRefusal('unauthorized_client', `The role is locked. ${lock?.message ?? ''}`)
  return await tokens.issue(role, caller.principal, caller.key)
}

/** Hides from a client which of the roles exist that it can't assume. */
function refusalOfRole({ context, caller, roleReference }: Requested, error: unknown) {
  if (!(error instanceof Failure)) return error
  const notPermitted = new OAuthRefusal('unauthorized_client', 'The key may not assume this role.')
  if (error.reason === 'role-not-permitted') return notPermitted
  if (error.reason === 'role-ambiguous')
    return new OAuthRefusal('invalid_scope', 'Name the role as scope, by its id or name.')
  if (error.reason !== 'role-unknown') return error
  const { source, server } = context
  const mayAny =
    roleReference !== undefined &&
    mayAssume(caller.principal, roleId(roleReference), source, server.ports.now())
  return mayAny ? new OAuthRefusal('invalid_scope', 'There is no such role.') : notPermitted
}

function refuse(context: RequestContext, reached: Reached | undefined, error: unknown): void {
  const { reply, response, server } = context
  const { log } = server.ports
  if (error instanceof Failure && error.reason === 'client-gone') {
    response.destroy()
    return
  }
  const refusal = refusalOf(error)
  if (refusal.error === 'server_error') log.error({ err: error }, 'A bug')
  try {
    if (reached !== undefined) record(reached, refusal.verdict, refusal.error)
  } catch (unrecorded) {
    log.error({ err: unrecorded }, 'A refusal is not recorded')
  }
  reply.json(
    refusal.status,
    { error: refusal.error, error_description: refusal.message },
    refusal.retryAfterSeconds,
  )
}
