/**
 * What the audit is told of one request to the control API.
 *
 * @module
 */

import type { AssumeRecord, ChangeRecord } from '../audit/audit.ts'
import { Failure } from '../model/failure.ts'
import type { ImpersonationRole } from '../model/role.ts'
import type { Action } from './action.ts'
import type { ErrorType } from './errors.ts'
import type { Caller, ControlHouse, ControlRequest } from './request.ts'
import { apiErrorOf, type JsonInput } from './wire.ts'

/** Errors by which a caller learns that they may not do something: another organization does not exist. */
const DENIALS: ReadonlySet<ErrorType> = new Set([
  'AccessDeniedException',
  'OrganizationNotFoundException',
])

type Ending = Pick<ChangeRecord, 'verdict' | 'reason' | 'policyVersion'>

export class Trail {
  readonly #house: ControlHouse
  readonly #request: ControlRequest
  #action: Action | undefined
  #caller: Caller | undefined
  #recorded = false
  #change: Readonly<{ before?: unknown; after?: unknown }> = {}
  #role: Readonly<{ roleId?: string; roleName?: string; roleType?: string }> = {}

  constructor(house: ControlHouse, request: ControlRequest) {
    this.#house = house
    this.#request = request
  }

  /** What is asked for, and by whom: from here on every ending is recorded. */
  begin(action: Action, caller: Caller): void {
    this.#action = action
    this.#caller = caller
  }

  /** Which role is asked for, whether there is one or not. */
  about({ ImpersonationRoleId: id }: JsonInput): void {
    if (typeof id === 'string') this.#role = { roleId: id }
  }

  readonly changed = (before: unknown, after: unknown): void => {
    this.#change = {
      ...(before !== undefined && { before }),
      ...(after !== undefined && { after }),
    }
  }

  readonly assumed = ({ id, name, type }: ImpersonationRole): void => {
    this.#role = { roleId: id, roleName: name, roleType: type }
  }

  /** Records a request that was done. @throws Failure `audit-unavailable` */
  async done(): Promise<void> {
    const { ports } = this.#house
    if (!this.#action?.audited || !this.#caller) return
    const { organizationId } = this.#caller.principal
    const policyVersion = await ports.store.policyVersion(organizationId).catch(() => undefined)
    this.#record({ verdict: 'allow', ...(policyVersion !== undefined && { policyVersion }) })
  }

  /** Records a request that was refused or failed; it is answered so in any case. */
  failed(error: unknown): void {
    const { type } = apiErrorOf(error)
    const verdict = type === 'AccessDeniedException' ? 'deny' : 'error'
    try {
      if (this.#action?.audited) this.#record({ verdict, reason: type })
      else if (DENIALS.has(type)) this.#deny(type)
    } catch (failure) {
      if (!(failure instanceof Failure)) throw failure
    }
  }

  /** Records that credentials were wrong, for as many times as the record stands for. */
  wrongCredentials({
    accessKeyId,
    count,
  }: Readonly<{ accessKeyId?: string; count: number }>): void {
    this.#house.ports.audit.record({
      type: 'decision',
      ...this.#origin(),
      verdict: 'deny',
      reason: 'credentials-refused',
      count,
      ...(accessKeyId !== undefined && { accessKeyId }),
    })
  }

  /** Records that somebody signed in at the console, or out. @throws Failure `audit-unavailable` */
  signed(which: 'In' | 'Out', { principal, key }: Caller): void {
    this.#house.ports.audit.record({
      type: 'assume',
      ...this.#origin(),
      organizationId: principal.organizationId,
      principalId: principal.id,
      accessKeyId: key.id,
      action: `ewsgateway:Sign${which}`,
      verdict: 'allow',
    })
  }

  /** Once: where that has failed before, it would fail again. */
  #record(ending: Ending): void {
    const { audit } = this.#house.ports
    const [action, caller] = [this.#action, this.#caller]
    if (this.#recorded || !action?.audited || !caller) return
    this.#recorded = true
    const record: Omit<ChangeRecord, 'type'> = {
      ...this.#origin(),
      organizationId: caller.principal.organizationId,
      principalId: caller.principal.id,
      accessKeyId: caller.key.id,
      action: action.permission,
      ...ending,
    }
    audit.record(
      action.audited === 'assume'
        ? ({ type: 'assume', ...record, ...this.#role } satisfies AssumeRecord)
        : { type: 'change', ...record, ...this.#change },
    )
  }

  /** Counts a denied call of an action that has no record of another type. */
  #deny(reason: ErrorType): void {
    const [action, caller] = [this.#action, this.#caller]
    if (!action || !caller) return
    this.#house.deniedCalls.record({
      ...this.#origin(),
      organizationId: caller.principal.organizationId,
      principalId: caller.principal.id,
      accessKeyId: caller.key.id,
      action: action.permission,
      verdict: 'deny',
      reason,
    })
  }

  #origin() {
    const { id, signed, userAgent } = this.#request
    return {
      at: signed.at,
      decisionId: id,
      sourceAddress: signed.sourceAddress,
      ...(userAgent !== undefined && { userAgent }),
    }
  }
}
