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

import type { AssumeRecord } from '../audit/audit.ts'
import type { Caller } from '../credentials/credentials.ts'
import { gather } from '../http/gathered-body.ts'
import { Failure } from '../model/failure.ts'
import { ASSUME_ROLE } from '../model/iam.ts'
import { type ImpersonationRole, roleId } from '../model/role.ts'
import { isLocked } from '../policy/decide.ts'
import { authenticateBy, noteRefused } from './authenticate.ts'
import { discardBody } from './ending.ts'
import { OAuthRefusal, refusalOf } from './oauth-refusal.ts'
import { findRole, mayAssume } from './role.ts'
import type { Visit } from './visit.ts'

const LONGEST_BODY = 16_384

/** What becomes known of a request, for its record. */
type Known = {
  caller?: Caller
  /** By id or name, whether there is one or not. */
  asked?: string | undefined
  role?: ImpersonationRole
  policyVersion?: number
}

/** Answers one request for a token. Never throws. */
export async function grantToken(visit: Visit): Promise<void> {
  const known: Known = {}
  try {
    const form = await readForm(visit)
    known.caller = await authenticateClient(visit, form)
    const { token, expiresInSeconds } = await issue(visit, known.caller, form, known)
    record(visit, known, 'allow')
    visit.reply.json(200, {
      access_token: token,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
    })
  } catch (error) {
    refuse(visit, known, error)
  }
  discardBody(visit)
}

async function readForm(visit: Visit) {
  const { request, response, expectsContinue } = visit
  const { headers } = request
  if (!isForm(headers['content-type'] ?? ''))
    throw new OAuthRefusal('invalid_request', 'Send application/x-www-form-urlencoded.')
  if (Number(headers['content-length'] ?? 0) > LONGEST_BODY) throw tooLong()
  if (expectsContinue) response.writeContinue()

  const form = new URLSearchParams(await readText(visit))
  const repeated = [...form.keys()].find(name => form.getAll(name).length > 1)
  if (repeated === undefined) return form
  throw new OAuthRefusal('invalid_request', 'A parameter appears more than once.')
}

async function readText({ body, reservation }: Visit): Promise<string> {
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

async function authenticateClient(visit: Visit, form: URLSearchParams): Promise<Caller> {
  if (form.get('grant_type') === null)
    throw new OAuthRefusal('invalid_request', 'grant_type is missing: send client_credentials.')
  if (form.get('grant_type') !== 'client_credentials')
    throw new OAuthRefusal('unsupported_grant_type', 'Only client_credentials is taken.')

  const authentication = await authenticateBy(visit, presentedClient(visit, form))
  if (authentication.kind === 'authenticated') return authentication.caller
  noteRefused(visit, authentication)
  const retryAfter = authentication.kind === 'braked' ? authentication.retryAfterMs : undefined
  throw new OAuthRefusal(
    'invalid_client',
    'Send the id and the secret of an access key that may assume roles and nothing else.',
    retryAfter === undefined ? undefined : Math.ceil(retryAfter / 1_000),
  )
}

/** The client's credentials as a Basic header; a token is none. */
function presentedClient({ request }: Visit, form: URLSearchParams): string | undefined {
  const { authorization } = request.headers
  const [id, secret] = [form.get('client_id'), form.get('client_secret')]
  if (authorization !== undefined && secret !== null)
    throw new OAuthRefusal('invalid_request', 'Send client_secret or Authorization, not both.')
  if (authorization !== undefined)
    return /^Bearer /i.test(authorization) ? undefined : authorization
  if (id === null || secret === null) return undefined
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`
}

async function issue(visit: Visit, caller: Caller, form: URLSearchParams, known: Known) {
  const { tokens, roles, watch, now } = visit.house.ports
  const { principal, key, mailbox } = caller
  if (mailbox !== undefined)
    throw new OAuthRefusal('invalid_request', 'A token is of a role: leave the mailbox out.')
  const scope = form.get('scope')
  const asked: Caller = scope ? { ...caller, roleReference: scope } : caller
  known.asked = asked.roleReference
  known.policyVersion = (await watch.confirmation(principal.organizationId)).version
  try {
    known.role = await findRole(asked, visit.source, now(), roles)
  } catch (error) {
    throw refusalOfRole(visit, asked, error)
  }
  const { lock } = known.role
  if (isLocked(lock, now()))
    throw new OAuthRefusal('unauthorized_client', `The role is locked. ${lock?.message ?? ''}`)
  return await tokens.issue(known.role, principal, key)
}

/** Of roles that it may not assume, a client does not learn which exist. */
function refusalOfRole(visit: Visit, { principal, roleReference }: Caller, error: unknown) {
  if (!(error instanceof Failure)) return error
  const notPermitted = new OAuthRefusal('unauthorized_client', 'The key may not assume this role.')
  if (error.reason === 'role-not-permitted') return notPermitted
  if (error.reason === 'role-ambiguous')
    return new OAuthRefusal('invalid_scope', 'Name the role as scope, by its id or name.')
  if (error.reason !== 'role-unknown') return error
  const mayAny = mayAssume(
    principal,
    roleId(roleReference ?? ''),
    visit.source,
    visit.house.ports.now(),
  )
  return mayAny ? new OAuthRefusal('invalid_scope', 'There is no such role.') : notPermitted
}

function refuse(visit: Visit, known: Known, error: unknown): void {
  const { reply, response, house } = visit
  if (error instanceof Failure && error.reason === 'client-gone') {
    response.destroy()
    return
  }
  const refusal = refusalOf(error)
  if (refusal.error === 'server_error') house.ports.log.error({ err: error }, 'A bug')
  try {
    if (known.caller !== undefined) record(visit, known, refusal.verdict, refusal.error)
  } catch (unrecorded) {
    house.ports.log.error({ err: unrecorded }, 'A refusal is not recorded')
  }
  reply.json(
    refusal.status,
    { error: refusal.error, error_description: refusal.message },
    refusal.retryAfterSeconds,
  )
}

function record(
  { request, source, trail, house }: Visit,
  { caller, asked, role, policyVersion }: Known,
  verdict: AssumeRecord['verdict'],
  reason?: string,
): void {
  const userAgent = request.headers['user-agent']
  house.ports.audit.record({
    type: 'assume',
    at: house.ports.now(),
    decisionId: trail.decisionId,
    sourceAddress: source.address,
    action: ASSUME_ROLE,
    verdict,
    ...(userAgent !== undefined && { userAgent }),
    ...(caller && {
      organizationId: caller.principal.organizationId,
      principalId: caller.principal.id,
      accessKeyId: caller.key.id,
    }),
    ...(asked !== undefined && { roleId: asked }),
    ...(role && { roleId: role.id, roleName: role.name, roleType: role.type }),
    ...(policyVersion !== undefined && { policyVersion }),
    ...(reason !== undefined && { reason }),
  })
}
