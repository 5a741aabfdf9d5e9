/**
 * A gateway with policy data in memory, and requests that it decides on.
 *
 * @module
 */

import { EnvelopeReader } from '../../src/ews/reader.ts'
import type { DiscoveryRead, Read } from '../../src/gateway/context.ts'
import { Shadows } from '../../src/gateway/shadows.ts'
import { Failure } from '../../src/model/failure.ts'
import { byAddress } from '../../src/model/identity.ts'
import type { HeldSource } from '../../src/model/policy-data.ts'
import { DEFAULT_GUARD, type ImpersonationRole } from '../../src/model/role.ts'
import { ANN, AT, CREDENTIAL, ORGANIZATION, ROLE, TestData } from '../decision/data.ts'
import { type ConnectingSidInput, envelope, GET_FOLDER } from '../kit/corpus.ts'

const NOT_ANN = { id: 'not-ann', effect: 'DENY', targetUsers: [ANN.id] } as const
export const DENYING: ImpersonationRole = { ...ROLE, rules: [...ROLE.rules, NOT_ANN] }
export const SHADOWED: ImpersonationRole = {
  ...ROLE,
  shadow: {
    type: 'FULL_ACCESS',
    rules: [NOT_ANN],
    guard: DEFAULT_GUARD,
    version: 7,
    base: '',
    attachedAt: 0,
    attachedBy: { id: 'p', name: 'Admin' },
  },
}
const { principal, key } = CREDENTIAL
export const KNOWN = { policyVersion: 1, knownSince: AT - 5 }
export const GONE = new Failure('policy-unavailable', 'The store is gone')

/** A gateway with policy data, and what its decisions did. */
export class DecisionWorld {
  readonly data = new TestData()
  readonly steps: unknown[] = []
  readonly held: HeldSource[] = []
  readonly owners: string[] = []
  readonly served = { organization: ORGANIZATION, upstream: {} }
  headersSent = false
  isTraced = false
  /** Called before policy data is read. */
  hold = (): void => undefined
  readonly #ports = {
    organizations: new Map([[ORGANIZATION.id, this.served]]),
    policy: {
      hold: (organization: string, held: HeldSource) => {
        this.hold()
        if (organization !== ORGANIZATION.id) throw new Error('Another organization')
        this.held.push(held)
        return this.data
      },
    },
    mailboxOwners: {},
    contentClasses: {
      classesOf: async (served: unknown, _: unknown, owner: string) =>
        this.owners.push(served === this.served ? owner : 'of another upstream'),
    },
    tokenAnchors: {},
    moment: () => ({ at: AT, latest: AT + 3 }),
  }
  readonly shadows = new Shadows({ error: () => undefined }, () => AT)

  constructor(role: ImpersonationRole = ROLE) {
    this.data.put('role', ROLE.id, role)
  }

  /** Makes the data unknown until it is loaded, which fails. */
  lose(failure: Error, isRoleKnown = true) {
    if (isRoleKnown) this.data.hide('shared-mailbox', ANN)
    else this.data.hide('role', ROLE.id)
    this.data.load = async () => {
      throw failure
    }
  }

  calling(organization = ORGANIZATION.id) {
    const trace = {
      step: (name: string, act: () => unknown, describe: (result: unknown) => unknown) => {
        const result = act()
        this.steps.push([name, describe(result)])
        return result
      },
    }
    return {
      context: {
        server: { ports: this.#ports, shadows: this.shadows },
        source: { address: '192.0.2.7', secure: true },
        response: { headersSent: this.headersSent },
        trace: this.isTraced ? trace : undefined,
      },
      caller: {
        principal: { ...principal, organizationId: organization },
        proof: { kind: 'key', keyId: key.id, secretHash: key.secretHash },
        signIn: { scheme: 'Basic' },
      },
    } as unknown as Read
  }

  /** @param begun - number of bytes that have been read; all by default */
  read(
    whom: ConnectingSidInput,
    operation = GET_FOLDER,
    organization = ORGANIZATION.id,
    begun?: number,
  ): Read {
    const reader = new EnvelopeReader()
    const bytes = Buffer.from(envelope(whom, operation))
    reader.write(bytes.subarray(0, begun))
    if (begun === undefined || begun === bytes.length) reader.end()
    return { ...this.calling(organization), reader, prologue: reader.prologue } as Read
  }

  discovery(address: string): DiscoveryRead {
    const prologue = { requestElement: 'GetUserSettings', connectingSid: byAddress(address) }
    return { ...this.calling(), prologue, question: {} } as unknown as DiscoveryRead
  }
}
