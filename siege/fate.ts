/**
 * What the gateway would do with a request: reader, decision and rebuild in this process, from the
 * checkout that is besieged.
 *
 * @module
 */

import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Reading } from '../src/ews/reader.ts'
import { DEFAULT_ACCESS_CONTROL_RULE } from '../src/model/access-control.ts'
import type { BodyFacts, Prologue } from '../src/model/envelope.ts'
import type { Failure } from '../src/model/failure.ts'
import { byAddress } from '../src/model/identity.ts'
import { GUID_OWNERS } from './table.ts'
import { ORGANIZATION, ROLE, resolve, USERS } from './world.ts'

/** Refused by the reader, or read and judged. */
export type Fate = Readonly<
  | { kind: 'refused'; reason: string }
  | {
      kind: 'read'
      /** Why it is not let through; undefined: it is. */
      denied: string | undefined
      /** As whom, in what would be sent. */
      actAs: string
      prologue: Prologue
      facts: BodyFacts
      /** What the upstream would get. */
      rebuilt: Buffer
    }
>

/** The files of a checkout that take part. */
type Parts = Readonly<{
  reader: typeof import('../src/ews/reader.ts')
  rebuild: typeof import('../src/ews/rebuild.ts')
  judge: typeof import('../src/gateway/judge.ts')
  failure: typeof import('../src/model/failure.ts')
}>

const NOBODY = 'nobody@example.com'

/** As the upstream would say. */
const ownerOf = (guid: string) => {
  const address = GUID_OWNERS[guid]
  return address === undefined ? undefined : resolve(byAddress(address))?.id
}

const DIRECTORY = {
  resolve: async (_: unknown, sid: Parameters<typeof resolve>[0]) => resolve(sid),
  user: async (_: unknown, id: string) => USERS.find(user => user.id === id),
  resolveAddresses: async (_: unknown, addresses: readonly string[]) =>
    addresses.map(address => resolve(byAddress(address))),
  users: async (_: unknown, ids: readonly string[]) =>
    ids.map(id => USERS.find(user => user.id === id)),
}

export class Judge {
  readonly #parts: Parts

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  /** @param root - of the checkout whose code judges */
  static async of(root: string): Promise<Judge> {
    const load = (file: string) => import(pathToFileURL(join(root, 'src', file)).href)
    return new Judge({
      reader: await load('ews/reader.ts'),
      rebuild: await load('ews/rebuild.ts'),
      judge: await load('gateway/judge.ts'),
      failure: await load('model/failure.ts'),
    })
  }

  /** Anything but a Failure that is thrown is a bug, and goes on. */
  read(bytes: Uint8Array): Reading | Failure {
    const { reader, failure } = this.#parts
    try {
      return reader.readEnvelope(bytes)
    } catch (error) {
      if (error instanceof failure.Failure) return error
      throw error
    }
  }

  async fateOf(bytes: Uint8Array): Promise<Fate> {
    const reading = this.read(bytes)
    if ('reason' in reading) return { kind: 'refused', reason: reading.reason }
    const { prologue, facts, operationStart, operationEnd } = reading
    const circumstances = {
      sourceAddress: '127.0.0.1',
      at: 0,
      accessControl: [DEFAULT_ACCESS_CONTROL_RULE],
    }
    const { judge, rebuild } = this.#parts
    const judgement = await judge.judge(
      {
        organization: ORGANIZATION,
        directory: DIRECTORY,
        role: ROLE,
        circumstances,
        ownersOf: async guids => guids.map(ownerOf),
        isShared: async () => false,
        subscriptionsOf: async ids => ids.map(() => undefined),
        askItems: async items => items.map(() => ({ code: 'ErrorItemNotFound', item: undefined })),
      },
      prologue,
      facts,
    )
    const actAs = 'actAs' in judgement ? judgement.actAs : NOBODY
    const { decision } = judgement
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
