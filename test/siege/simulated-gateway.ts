/**
 * Simulates the gateway's handling of a request in this process: reader, decision, and rebuild, from the
 * checkout under attack.
 *
 * @module
 */

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Target } from '../../src/decision/decision.ts'
import type { Reading } from '../../src/ews/reader.ts'
import { DEFAULT_ACCESS_CONTROL_RULE } from '../../src/model/access-control.ts'
import type { BodyFacts, Prologue } from '../../src/model/envelope.ts'
import type { Failure } from '../../src/model/failure.ts'
import { byAddress } from '../../src/model/identity.ts'
import type { DataKind, IdOf, PolicyData, ValueOf } from '../../src/model/policy-data.ts'
import { GUID_OWNERS } from './table.ts'
import { ORGANIZATION, PRINCIPAL, ROLE, resolve, USERS } from './world.ts'

/** Rejected by the reader, or read and decided. */
export type SimulatedOutcome = Readonly<
  | { kind: 'rejected'; reason: string }
  | {
      kind: 'read'
      /** Why it is not let through; undefined: it is. */
      denied: string | undefined
      /** Impersonated user in the forwarded request. */
      actAs: string
      prologue: Prologue
      facts: BodyFacts
      /** Request that the upstream would receive. */
      rebuilt: Buffer
    }
>

/** The files of a checkout that take part. */
type GatewayModules = Readonly<{
  reader: typeof import('../../src/ews/reader.ts')
  rebuild: typeof import('../../src/ews/rebuild.ts')
  authorize: typeof import('../../src/decision/authorize.ts')
  failure: typeof import('../../src/model/failure.ts')
}>

const NOBODY = 'nobody@example.com'

/** As the upstream would say. */
const ownerOf = (guid: string) => {
  const address = GUID_OWNERS[guid]
  return address === undefined ? undefined : resolve(byAddress(address))?.id
}

/** Values of each kind that a decision can need. No subscription is the attacker's. */
const VALUES: { [Kind in DataKind]: (id: IdOf<Kind>) => ValueOf<Kind> | undefined } = {
  'access-control': () => [DEFAULT_ACCESS_CONTROL_RULE],
  'content-classes': () => undefined,
  credential: () => undefined,
  epoch: () => undefined,
  identity: () => undefined,
  'mailbox-owners': ({ guids }) => guids.map(ownerOf),
  name: resolve,
  protection: () => undefined,
  role: id => (id === ROLE.id ? ROLE : undefined),
  'role-name': () => undefined,
  'shared-mailbox': () => false,
  'shown-classes': () => undefined,
  'signing-key': () => undefined,
  'stored-items': ({ items }) => items.map(() => ({ code: 'ErrorItemNotFound', item: undefined })),
  subscription: () => undefined,
  user: id => USERS.find(user => user.id === id),
}

const DATA: PolicyData = {
  freshness: () => ({ version: 1, at: 0 }),
  find: (kind, id) => ({ value: VALUES[kind](id), from: 1 }),
}

export class SimulatedGateway {
  readonly #parts: GatewayModules

  private constructor(parts: GatewayModules) {
    this.#parts = parts
  }

  /** @param root - checkout whose code decides */
  static async of(root: string): Promise<SimulatedGateway> {
    const load = (file: string) => import(pathToFileURL(join(root, 'src', file)).href)
    return new SimulatedGateway({
      reader: await load('ews/reader.ts'),
      rebuild: await load('ews/rebuild.ts'),
      authorize: await load('decision/authorize.ts'),
      failure: await load('model/failure.ts'),
    })
  }

  /** Reads an envelope. Throws everything except a Failure, because it is a programming error. */
  read(bytes: Uint8Array): Reading | Failure {
    const { reader, failure } = this.#parts
    try {
      return reader.readEnvelope(bytes)
    } catch (error) {
      if (error instanceof failure.Failure) return error
      throw error
    }
  }

  async simulate(bytes: Uint8Array): Promise<SimulatedOutcome> {
    const reading = this.read(bytes)
    if ('reason' in reading) return { kind: 'rejected', reason: reading.reason }
    const { prologue, facts, operationStart, operationEnd } = reading
    const { authorize, rebuild } = this.#parts
    const authorization = authorize.authorize(
      {
        purpose: 'EWS',
        organization: ORGANIZATION,
        caller: { kind: 'explained', principal: PRINCIPAL, roleId: ROLE.id },
        sourceAddress: '127.0.0.1',
        secureTransport: true,
        at: 0,
        requestElement: prologue.requestElement,
        connectingSid: prologue.connectingSid,
        body: facts,
      },
      DATA,
    )
    if ('missing' in authorization) throw new Error('All data is there, but something is missing')
    const { decision, target } = authorization
    const actAs = decision.verdict === 'allow' ? addressOf(target) : NOBODY
    const operation = bytes.subarray(operationStart, operationEnd)
    const tail = rebuild.rebuildTail(prologue, bytes.length - operationEnd)
    return {
      kind: 'read',
      denied: decision.verdict === 'deny' ? decision.reason : undefined,
      actAs,
      prologue,
      facts,
      rebuilt: Buffer.concat([rebuild.rebuildHead(prologue, actAs), operation, tail]),
    }
  }
}

function addressOf(target: Target): string {
  if (target.kind === 'user') return target.user.primarySmtpAddress
  return target.kind === 'neutral' ? target.address : NOBODY
}
