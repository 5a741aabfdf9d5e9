/**
 * Builds the request whose decision is explained, from its parts or from its body.
 *
 * @module
 */

import type { AuthorizationRequest } from '../decision/decision.ts'
import { OPERATIONS, type OperationName, requestElementOf } from '../ews/operations.ts'
import type { BodyFacts } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import { byAddress, type ConnectingSid, type User } from '../model/identity.ts'
import { type Principal, principalId } from '../model/principal.ts'
import type { RoleId } from '../model/role.ts'
import type { Call } from './action.ts'
import type { SnapshotData } from './policy-snapshot.ts'
import { principalNotFound } from './principals.ts'
import { invalid } from './problems.ts'
import { onlyUser, usersOf } from './targets.ts'

type OperationInput = Readonly<{
  Operation?: string
  TargetUser?: string
  RequestBody?: string
}>

/**
 * Operation with the user and the body. The user is named by a ConnectingSID as in an EWS request, or by an
 * identifier of the control API.
 */
export type ExplainedOperation = Readonly<
  { requestElement: string } & (
    | { identifier: string | undefined }
    | { connectingSid: ConnectingSid | undefined; body: BodyFacts }
  )
>

/**
 * Reads the operation from the body if there is one.
 *
 * @throws ApiError InvalidParameterException
 */
export function readOperation(
  { ports }: Call,
  { Operation, TargetUser, RequestBody }: OperationInput,
): ExplainedOperation {
  if (RequestBody === undefined) {
    if (Operation === undefined) throw invalid('Operation or RequestBody must be given')
    return { requestElement: elementOf(Operation), identifier: TargetUser }
  }
  const given = Object.entries({ Operation, TargetUser }).filter(([, value]) => value !== undefined)
  if (given.length > 0)
    throw invalid(
      ...given.map(([name]) => `${name} must be omitted, because RequestBody contains it`),
    )
  try {
    const { prologue, facts: body } = ports.readRequest(RequestBody)
    const { requestElement, connectingSid } = prologue
    return { requestElement, connectingSid, body }
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw invalid(`RequestBody is rejected (${error.reason}): ${error.message}`)
  }
}

type RequestInput = Readonly<{
  operation: ExplainedOperation
  roleId: RoleId
  PrincipalId?: string
  UserNameMailbox?: string
  SourceAddress: string
  SecureTransport?: boolean
}>

/**
 * Finds the caller and the user in one state of the store.
 *
 * @throws ApiError ResourceNotFoundException, InvalidParameterException if an identifier names two users
 */
export async function requestIn(
  data: SnapshotData,
  call: Call,
  { operation, roleId, PrincipalId, UserNameMailbox, ...input }: RequestInput,
): Promise<AuthorizationRequest<'EWS'>> {
  const { requestElement } = operation
  const principal = PrincipalId === undefined ? undefined : await principalIn(data, PrincipalId)
  const { connectingSid, body } =
    'body' in operation
      ? operation
      : { connectingSid: await nameIn(data, call, operation.identifier), body: undefined }
  return {
    purpose: 'EWS',
    organization: call.organization,
    caller: { kind: 'explained', principal, roleId },
    sourceAddress: input.SourceAddress,
    secureTransport: input.SecureTransport ?? true,
    at: call.at,
    latest: call.latest,
    requestElement,
    connectingSid,
    mailbox: UserNameMailbox,
    body,
  }
}

/** Returns the user that a request names first, whether or not it can be impersonated. */
export async function namedIn(
  data: SnapshotData,
  { connectingSid, mailbox }: AuthorizationRequest,
): Promise<User | undefined> {
  const name = connectingSid ?? (mailbox === undefined ? undefined : byAddress(mailbox))
  return name && (await data.read('name', name))
}

async function principalIn(data: SnapshotData, id: string): Promise<Principal> {
  const principal = await data.principal(principalId(id))
  if (principal === undefined) throw principalNotFound(id)
  return principal
}

/** Returns a name of the user that an identifier names, or the identifier as a name that no user has. */
async function nameIn(
  data: SnapshotData,
  { organization }: Call,
  identifier: string | undefined,
): Promise<ConnectingSid | undefined> {
  if (identifier === undefined) return undefined
  const users = await usersOf(data.users, organization.id, identifier)
  const user = onlyUser(identifier, users)
  return user === undefined
    ? { kind: 'PrincipalName', value: identifier }
    : byAddress(user.primarySmtpAddress)
}

/** Returns the request element of a known operation. Returns any other name unchanged. */
const elementOf = (name: string): string =>
  Object.hasOwn(OPERATIONS, name) ? requestElementOf(name as OperationName) : name
