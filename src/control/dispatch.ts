/**
 * Handles a call of the control API: verifies the caller, finds the action, authorizes it, and runs it.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import { ASSUME_ROLE } from '../model/iam.ts'
import { type OrganizationId, organizationId } from '../model/identity.ts'
import { isUsable, type Principal } from '../model/principal.ts'
import { roleId } from '../model/role.ts'
import { isWithin } from '../model/validity.ts'
import { evaluateNow } from '../policy/iam.ts'
import type { Store } from '../store/store.ts'
import type { Action, ControlPorts } from './action.ts'
import { ACTIONS } from './actions.ts'
import { CallRecorder, type IdentifiedCall, recordWrongCredentials } from './call-recorder.ts'
import { ApiError } from './errors.ts'
import { storeFor } from './own-end.ts'
import type { Caller, ControlRequest, ServerContext } from './request.ts'
import { organizationIdShape, roleIdShape } from './shapes.ts'
import { type JsonInput, readInput, unknownOperation } from './wire.ts'

/**
 * Runs the action that a request names.
 *
 * @returns the action's output
 * @throws ApiError, Failure
 */
export async function dispatch(server: ServerContext, request: ControlRequest): Promise<object> {
  const caller = await verify(server, request)
  const leave = admit(server, caller)
  try {
    return await dispatchFor(server, request, caller)
  } finally {
    leave()
  }
}

/**
 * Counts a call for its principal.
 *
 * @returns function that ends the count, to be called once
 * @throws ApiError ThrottlingException if there are too many
 */
function admit({ rate, inFlight }: ServerContext, { principal: { id } }: Caller): () => void {
  try {
    rate.take(id)
    return inFlight.enter(id)
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    throw new ApiError('ThrottlingException', error.message)
  }
}

async function dispatchFor(
  server: ServerContext,
  request: ControlRequest,
  caller: Caller,
): Promise<object> {
  const action = ACTIONS.get(request.target ?? '')
  if (action === undefined) throw unknownOperation(request.target)

  const call = { server, request, caller, action }
  const recorder = new CallRecorder(call)
  try {
    return await perform(call, recorder)
  } catch (error) {
    await recorder.failed(error)
    throw error
  }
}

async function verify(server: ServerContext, request: ControlRequest): Promise<Caller> {
  const { verifier, sessions } = server
  const { signed, session, secureTransport: secure } = request
  if (session !== undefined) {
    const { at, latest } = signed
    const presented = { cookie: session, secure, at, latest, active: true }
    const caller = await sessions.verify(presented)
    if (caller === undefined) throw notSignedIn()
    return caller
  }
  const verification = await verifier.verify(signed)
  if (verification.kind === 'verified') return verification
  if (verification.record) await recordWrongCredentials(server, request, verification.record)
  throw new ApiError(verification.problem, verification.message)
}

/** Returns the error about a session that has ended or does not exist. */
export const notSignedIn = () =>
  new ApiError('ExpiredTokenException', "You're not signed in. Sign in to continue")

async function perform(
  { server, request, caller, action }: IdentifiedCall,
  recorder: CallRecorder,
): Promise<object> {
  const { ports } = server
  const { signed, contentType } = request
  const input = readInput(contentType, signed.body)
  recorder.requested(input)
  const organization = ports.organizations.get(organizationOf(caller.principal, input))
  if (organization === undefined) throw organizationNotFound(caller.principal.organizationId)

  authorize(caller.principal, action, input, request)
  if (isSynchronized(ports, organization.id, action)) throw synchronized()
  const run = action.read(input)
  const portsFor = (by: Caller, store: Store): ControlPorts => ({
    ...ports,
    store: storeFor(by, organization.id, store),
  })
  const circumstances = {
    organization,
    sourceAddress: signed.sourceAddress,
    secure: signed.secure,
    at: signed.at,
    latest: signed.latest,
    changed: recorder.changed,
    recordsOf: recorder.recordsOf,
    assumed: recorder.assumed,
  }
  if (action.audited === 'change')
    return await runChange(ports, organization.id, recorder, async store => {
      const present = await confirmCaller(store, caller, request)
      authorize(present.principal, action, input, request)
      return await run({ ...circumstances, ...present, ports: portsFor(present, store) })
    })
  const output = await run({ ...circumstances, ...caller, ports: portsFor(caller, ports.store) })
  await recorder.done()
  return output
}

/** Runs a change and adds its records to the outbox, in one transaction. */
async function runChange(
  ports: ControlPorts,
  organization: OrganizationId,
  recorder: CallRecorder,
  change: (store: Store) => Promise<object>,
): Promise<object> {
  try {
    const { output, records } = await ports.store.change(organization, async store => {
      const output = await change(store)
      const records = recorder.succeeded(await store.recordedVersion(organization))
      return { result: { output, records }, records }
    })
    await ports.deliver(records)
    return output
  } finally {
    // Announced even after a failure, because the change can be committed although the store's response was lost.
    await ports.announce(organization)
  }
}

/**
 * Returns the caller with the present key and principal. A change can wait for another one, which can revoke the
 * caller's credential or policy. Policies of people are not in the store.
 *
 * @throws ApiError if the key or its principal is no longer valid
 */
async function confirmCaller(
  store: Store,
  caller: Caller,
  { signed, session }: ControlRequest,
): Promise<Caller> {
  if (caller.key === undefined) return caller
  const credential = await store.credential(caller.key.id)
  if (credential && isUsable(credential, signed) && isWithin(credential.principal, signed))
    return credential
  if (session !== undefined) throw notSignedIn()
  throw new ApiError(
    'UnrecognizedClientException',
    'The access key or its principal was deleted, disabled, or limited to another period during the call',
  )
}

/**
 * Returns the caller's own organization. Any other one doesn't exist for the caller. Ignores a malformed ID,
 * because the check of the input reports it with all other problems.
 *
 * @throws ApiError OrganizationNotFoundException if the input names another organization
 */
function organizationOf({ organizationId: own }: Principal, input: JsonInput): OrganizationId {
  const named = organizationIdShape.safeParse(input['OrganizationId'])
  if (named.success && named.data !== own) throw organizationNotFound(organizationId(named.data))
  return own
}

/** Returns the error about an organization that does not exist, or that is not the caller's. */
export const organizationNotFound = (id: OrganizationId) =>
  new ApiError('OrganizationNotFoundException', `The organization ${id} does not exist`)

/** Whether an action changes users or groups that come from the organization's directory. */
export const isSynchronized = (
  { synchronizations }: ControlPorts,
  id: OrganizationId,
  { byHand = false }: Action,
): boolean => byHand && synchronizations.has(id)

const synchronized = () =>
  new ApiError(
    'OrganizationStateException',
    'Users and groups of this organization come from its directory. Change them there, and call EwsGateway.SynchronizeDirectory',
  )

/** @throws ApiError AccessDeniedException */
function authorize(
  { id, name, policy, organizationId }: Principal,
  { permission }: Action,
  input: JsonInput,
  { signed: { sourceAddress, at, latest }, secureTransport }: ControlRequest,
): void {
  const role =
    permission === ASSUME_ROLE ? roleIdShape.safeParse(input['ImpersonationRoleId']) : undefined
  const asked = {
    action: permission,
    organizationId,
    ...(role?.success && { roleId: roleId(role.data) }),
    sourceIp: sourceAddress,
    secureTransport,
  }
  const effect = evaluateNow(policy, asked, { at, latest })
  if (effect === 'Allow') return
  const why =
    effect === 'Deny'
      ? 'a statement of its policy denies it'
      : 'no statement of its policy allows it'
  throw new ApiError(
    'AccessDeniedException',
    `User: ${name} (${id}) is not authorized to perform: ${permission} on resource: organization/${organizationId}: ${why}`,
  )
}
