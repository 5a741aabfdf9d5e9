/**
 * Writes the audit records of requests to the control API.
 *
 * @module
 */

import type { AssumeRecord, AuditRecord, ChangeRecord } from '../audit/audit.ts'
import type { Verification } from '../credentials/credentials.ts'
import { partsOf } from '../model/change-parts.ts'
import { namedObject, objectOf } from '../model/changed-object.ts'
import { Failure } from '../model/failure.ts'
import type { Person } from '../model/person.ts'
import type { ImpersonationRole } from '../model/role.ts'
import { type OutboxRecord, outboxRecords, type RecordedVersion } from '../store/store.ts'
import type { Action } from './action.ts'
import { onlyReads } from './contract/contract.ts'
import type { ErrorType } from './errors.ts'
import type { Caller, ControlRequest, ServerContext } from './request.ts'
import { apiErrorOf, type JsonInput } from './wire.ts'

/**
 * Errors that are recorded as denials. For a caller, other organizations do not exist, so naming one is a denial
 * too.
 */
const DENIALS: ReadonlySet<ErrorType> = new Set([
  'AccessDeniedException',
  'OrganizationNotFoundException',
])

type Ending = Pick<ChangeRecord, 'verdict' | 'reason' | 'policyVersion'>

/** A call whose caller and action are known. */
export type IdentifiedCall = Readonly<{
  server: ServerContext
  request: ControlRequest
  caller: Caller
  action: Action
}>

/** Writes one record of a call, whether it succeeds or fails. */
export class CallRecorder {
  readonly #call: IdentifiedCall
  #recorded = false
  #change: Pick<ChangeRecord, 'object' | 'before' | 'after'> = {}
  #role: Pick<AssumeRecord, 'roleId' | 'roleName' | 'roleType'> = {}
  #question: object = {}

  constructor(call: IdentifiedCall) {
    this.#call = call
  }

  /** Takes what the record has of the input: the question, and the object or the role that it names, whether or not it exists. */
  requested(input: JsonInput): void {
    const { object } = this.#call.action
    const { OrganizationId: _, NextToken: __, Draft: ___, ...question } = input
    this.#question = question
    const { ImpersonationRoleId: id } = input
    if (typeof id === 'string') this.#role = { roleId: id }
    if (object === undefined) return
    const named = namedObject(object.type, input[object.id ?? ''], input[object.name ?? ''])
    this.#change = { object: named }
  }

  readonly changed = (before: object | undefined, after: object | undefined): void => {
    this.#change = {
      ...this.#objectOf(after ?? before),
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    }
  }

  readonly assumed = ({ id, name, type }: ImpersonationRole): void => {
    this.#role = { roleId: id, roleName: name, roleType: type }
  }

  /** Returns the audit records of a successful change, to be stored in the transaction of the change. */
  succeeded(version: RecordedVersion): readonly OutboxRecord[] {
    return outboxRecords({
      type: 'change',
      ...this.#identity(),
      verdict: 'allow',
      ...version,
      ...this.#change,
    })
  }

  /** Returns the audit records of a change. If an action calls this, {@link done} writes no record. */
  readonly recordsOf = (after: object, version: RecordedVersion): readonly OutboxRecord[] => {
    this.#recorded = true
    const change = { ...version, ...this.#objectOf(after), after }
    return outboxRecords({ type: 'change', ...this.#identity(), verdict: 'allow', ...change })
  }

  /** Returns the object of the call, with what a state says about it. */
  #objectOf(state: object | undefined): Pick<ChangeRecord, 'object'> {
    const { object } = this.#call.action
    return object === undefined
      ? {}
      : { object: { ...this.#change.object, ...objectOf(object.type, state) } }
  }

  /**
   * Records a call that succeeded without a change of the store, if its action is audited.
   *
   * @throws Failure `audit-unavailable`
   */
  async done(): Promise<void> {
    const { server, caller, action } = this.#call
    if (!action.audited) return
    const { organizationId } = caller.principal
    const policyVersion = await server.ports.store
      .policyVersion(organizationId)
      .catch(() => undefined)
    await this.#record({ verdict: 'allow', ...(policyVersion !== undefined && { policyVersion }) })
  }

  /**
   * Records a call that was denied or failed. If its action only reads, records only denials, and equal ones at
   * most once a minute. If the audit is unavailable, the response is still the same.
   */
  async failed(error: unknown): Promise<void> {
    const { type } = apiErrorOf(error)
    const verdict = type === 'AccessDeniedException' ? 'deny' : 'error'
    try {
      if (!onlyReads(this.#call.action)) await this.#record({ verdict, reason: type })
      else if (DENIALS.has(type)) await this.#deny(type)
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure
    }
  }

  /** Writes at most one record of a call, because a second attempt would fail for the same reason. */
  async #record(ending: Ending): Promise<void> {
    const { server, action } = this.#call
    if (this.#recorded || !action.audited) return
    this.#recorded = true
    const { audit } = server.ports
    for (const record of this.#recordsOf(ending)) audit.record(record)
    await audit.written()
  }

  #recordsOf(ending: Ending): readonly AuditRecord[] {
    const { audited } = this.#call.action
    const record = { ...this.#identity(), ...ending }
    if (audited === 'assume') return [{ type: 'assume', ...record, ...this.#role }]
    if (audited === 'read')
      return [{ type: 'read', ...record, verdict: 'allow', question: this.#question }]
    return partsOf({ type: 'change' as const, ...record, ...this.#change })
  }

  /** Counts a denied call of an action whose calls are not audited individually. */
  #deny(reason: ErrorType): Promise<void> {
    return this.#call.server.deniedCalls.record({ ...this.#identity(), verdict: 'deny', reason })
  }

  #identity() {
    const { request, caller, action } = this.#call
    return { ...originOf(request), ...identityOf(caller), action: action.permission }
  }
}

type WrongCredentials = NonNullable<Extract<Verification, { kind: 'refused' }>['record']>

/**
 * Records wrong credentials, with the number of attempts that the record counts.
 *
 * @throws Failure `audit-unavailable`
 */
export function recordWrongCredentials(
  { ports }: ServerContext,
  request: ControlRequest,
  { accessKeyId, owner, count }: WrongCredentials,
): Promise<void> {
  ports.audit.record({
    type: 'decision',
    ...originOf(request),
    ...owner,
    verdict: 'deny',
    reason: 'credentials-refused',
    count,
    ...(accessKeyId !== undefined && { accessKeyId }),
  })
  return ports.audit.written()
}

/**
 * Records a sign-in to the console, or a sign-out.
 *
 * @param more - facts about the sign-in
 * @throws Failure `audit-unavailable`
 */
export function recordSign(
  which: 'In' | 'Out',
  { ports }: ServerContext,
  request: ControlRequest,
  caller: Caller,
  more: Pick<AssumeRecord, 'breakGlass'> = {},
): Promise<void> {
  ports.audit.record({
    type: 'assume',
    ...originOf(request),
    ...identityOf(caller),
    action: `ewsgateway:Sign${which}`,
    verdict: 'allow',
    ...more,
  })
  return ports.audit.written()
}

/** Records that a person signed in at the issuer, but has no access. @throws Failure `audit-unavailable` */
export function recordNoAccess(
  { ports }: ServerContext,
  request: ControlRequest,
  person: Person,
): Promise<void> {
  ports.audit.record({
    type: 'assume',
    ...originOf(request),
    ...person,
    action: 'ewsgateway:SignIn',
    verdict: 'deny',
    reason: 'AccessDeniedException',
  })
  return ports.audit.written()
}

const originOf = ({ id, signed, userAgent }: ControlRequest) => ({
  at: signed.at,
  decisionId: id,
  sourceAddress: signed.sourceAddress,
  ...(userAgent !== undefined && { userAgent }),
})

const identityOf = ({ principal, key, person }: Caller) => ({
  organizationId: principal.organizationId,
  principalId: principal.id,
  ...(key && { accessKeyId: key.id }),
  ...person,
})
