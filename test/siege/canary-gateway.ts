/**
 * Simulates the gateway in front of the canaries: reader, decision with everything that it asks the upstream for,
 * and rebuild, from the checkout under attack.
 *
 * @module
 */

import { hash } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Allowed as AuthorizedRequest, ShadowDecision } from '../../src/decision/decision.ts'
import type { Filter } from '../../src/ews/response-filter.ts'
import type { HeldData } from '../../src/gateway/held-data.ts'
import type { ServedOrganization } from '../../src/gateway/ports.ts'
import { DEFAULT_ACCESS_CONTROL_RULE } from '../../src/model/access-control.ts'
import type { CredentialProof } from '../../src/model/credential-proof.ts'
import { byAddress, type Organization, userId } from '../../src/model/identity.ts'
import type {
  DataKind,
  Entry,
  IdOf,
  MissingSubject,
  PolicySource,
  ValueOf,
} from '../../src/model/policy-data.ts'
import { type AccessKey, accessKeyId, type Credential } from '../../src/model/principal.ts'
import { NO_PROTECTION, type Protection } from '../../src/model/protection.ts'
import type { ImpersonationRole } from '../../src/model/role.ts'
import type { Subscription } from '../../src/model/subscription.ts'
import type { Upstream } from '../../src/upstream/upstream.ts'
import type { CanaryMailboxes, Watch } from './canary-mailboxes.ts'
import { type CanaryRole, PROTECTED_ID } from './canary-roles.ts'
import { OWNERS } from './canary-table.ts'
import { AT } from './canary-time.ts'
import { PRINCIPAL, resolve, USERS, ORGANIZATION as WORLD } from './world.ts'

export type CanaryOutcome = Readonly<
  | { kind: 'rejected' | 'denied'; reason: string }
  | {
      kind: 'forwarded'
      requestElement: string
      actAs: string
      bytes: Buffer
      /** Returns the response that the client gets. */
      answered: (answer: string) => string
    }
>

/** Servers before which the canaries live. */
export type ServerKind = Readonly<{ gromox: boolean; enforcesSendAs: boolean }>

const organizationFor = ({ gromox, enforcesSendAs }: ServerKind): Organization => ({
  ...WORLD,
  opaqueIds: gromox ? 'states' : 'refuse',
  kind: gromox ? 'grommunio' : 'exchange',
  enforcesSendAs,
})
const PROTECTION: Protection = { ...NO_PROTECTION, users: [PROTECTED_ID] }

type Modules = Readonly<{
  reader: typeof import('../../src/ews/reader.ts')
  rebuild: typeof import('../../src/ews/rebuild.ts')
  authorize: typeof import('../../src/decision/authorize.ts')
  load: typeof import('../../src/decision/load.ts')
  failure: typeof import('../../src/model/failure.ts')
  held: typeof import('../../src/gateway/held-data.ts')
  classes: typeof import('../../src/gateway/content-classes.ts')
  shadows: typeof import('../../src/gateway/shadows.ts')
  owners: typeof import('../../src/gateway/mailbox-owners.ts')
  filter: typeof import('../../src/ews/response-filter.ts')
  filtered: typeof import('../../src/gateway/filtered-answer.ts')
}>

export class CanaryGateway {
  readonly #parts: Modules
  readonly #mailboxes: CanaryMailboxes
  readonly #served: ServedOrganization
  /** Data that is known from earlier requests. */
  readonly #held: HeldData

  private constructor(parts: Modules, mailboxes: CanaryMailboxes, organization: Organization) {
    this.#parts = parts
    this.#mailboxes = mailboxes
    this.#served = { organization, upstream: upstreamOf(mailboxes) } as ServedOrganization
    this.#held = this.#newHeld()
  }

  /** @param root - checkout whose code decides */
  static async of(
    root: string,
    mailboxes: CanaryMailboxes,
    server: ServerKind,
  ): Promise<CanaryGateway> {
    const organization = organizationFor(server)
    const load = (file: string) => import(pathToFileURL(join(root, 'src', file)).href)
    const parts: Modules = {
      reader: await load('ews/reader.ts'),
      rebuild: await load('ews/rebuild.ts'),
      authorize: await load('decision/authorize.ts'),
      load: await load('decision/load.ts'),
      failure: await load('model/failure.ts'),
      held: await load('gateway/held-data.ts'),
      classes: await load('gateway/content-classes.ts'),
      shadows: await load('gateway/shadows.ts'),
      owners: await load('gateway/mailbox-owners.ts'),
      filter: await load('ews/response-filter.ts'),
      filtered: await load('gateway/filtered-answer.ts'),
    }
    const gateway = new CanaryGateway(parts, mailboxes, organization)
    const owners = OWNERS.flatMap(owner => resolve(byAddress(owner)) ?? [])
    await gateway.#held.load([{ kind: 'mailbox-owners', id: { guids: [], users: owners } }])
    return gateway
  }

  /** Returns data of which nothing is known yet. */
  #newHeld(): HeldData {
    const { owners, held, classes } = this.#parts
    return new held.HeldData({
      served: this.#served,
      principalId: PRINCIPAL.id,
      mailboxOwners: new owners.MailboxOwners(
        () => AT,
        () => undefined,
      ),
      contentClasses: new classes.ContentClasses(() => AT),
      tokenAnchors: {
        epoch: () => EPOCH,
        loadEpoch: async () => EPOCH,
        isSigningKey: id => id === SIGNING_KEY,
        loadSigningKey: async id => id === SIGNING_KEY,
      },
    })
  }

  /**
   * Handles a request in a role. Throws everything except a Failure, because it is a programming error.
   *
   * @param isCold - whether the gateway knows nothing from earlier requests
   */
  async handle(bytes: Buffer, by: CanaryRole, isCold: boolean): Promise<CanaryOutcome> {
    const { failure } = this.#parts
    try {
      return await this.#handle(bytes, by, isCold ? this.#newHeld() : this.#held)
    } catch (error) {
      if (!(error instanceof failure.Failure)) throw error
      return { kind: 'rejected', reason: error.reason }
    }
  }

  async #handle(bytes: Buffer, by: CanaryRole, held: HeldData): Promise<CanaryOutcome> {
    const { role, isProtected } = by
    const { reader, rebuild, authorize, load } = this.#parts
    const { prologue, facts, operationStart, operationEnd } = reader.readEnvelope(bytes)
    const { requestElement, connectingSid } = prologue
    const request = {
      purpose: 'EWS',
      organization: this.#served.organization,
      caller: proofOf(by),
      sourceAddress: '127.0.0.1',
      secureTransport: true,
      at: AT,
      requestElement,
      connectingSid,
      body: { ...facts, subscriptions: facts.subscriptions.map(hashOf) },
    } as const
    const protection = isProtected ? PROTECTION : NO_PROTECTION
    const source = new CanarySource(held, { by, protection, watches: () => this.#watches() })
    const decided = await load.loadAndDecide(source, () => authorize.authorize(request, source))
    await this.#followUp(decided.shadow, source)
    if (decided.decision.verdict === 'deny')
      return { kind: 'denied', reason: decided.decision.reason }
    const { target } = decided
    const actAs =
      target?.kind === 'user'
        ? target.user.primarySmtpAddress
        : target?.kind === 'neutral'
          ? target.address
          : ''
    const { outside } = decided as AuthorizedRequest
    const filter = this.#parts.filtered.filterFor({ role, outside, facts, requestElement })
    const operation = bytes.subarray(operationStart, operationEnd)
    const tail = rebuild.rebuildTail(prologue, bytes.length - operationEnd)
    return {
      kind: 'forwarded',
      requestElement,
      actAs,
      bytes: Buffer.concat([rebuild.rebuildHead(prologue, actAs), operation, tail]),
      answered: answer => (filter === undefined ? answer : this.#filtered(filter, answer)),
    }
  }

  /** Does what the gateway does after a comparison with a draft. */
  async #followUp(shadow: ShadowDecision | undefined, source: CanarySource): Promise<void> {
    if (shadow === undefined) return
    const error = (fields: object) => {
      throw new Error('Cannot evaluate a draft', { cause: fields })
    }
    new this.#parts.shadows.Shadows({ error }, () => AT).compared(shadow, source)
    await source.loaded
  }

  /** A response that can't be filtered is cut off. */
  #filtered(filter: Filter, answer: string): string {
    const { filter: parts, failure } = this.#parts
    const filtering = new parts.ResponseFilter(filter)
    const passed: Uint8Array[] = []
    try {
      passed.push(...filtering.write(Buffer.from(answer)))
      passed.push(...filtering.end())
    } catch (error) {
      if (!(error instanceof failure.Failure)) throw error
    }
    return Buffer.concat(passed).toString()
  }

  #known: readonly [readonly Watch[], ReadonlyMap<string, Watch>] | undefined

  #watches(): ReadonlyMap<string, Watch> {
    const { watches } = this.#mailboxes
    if (this.#known?.[0] !== watches)
      this.#known = [watches, new Map(watches.map(watch => [hashOf(watch.id), watch]))]
    return this.#known[1]
  }
}

type SourceOptions = Readonly<{
  by: CanaryRole
  protection: Protection
  watches: () => ReadonlyMap<string, Watch>
}>

/** Policy data for one decision. */
class CanarySource implements PolicySource {
  readonly #held: HeldData
  readonly #options: SourceOptions
  readonly #loaded = new Map<string, Entry<unknown>>()

  constructor(held: HeldData, options: SourceOptions) {
    this.#held = held
    this.#options = options
  }

  freshness = () => ({ version: 1, at: AT })

  find<Kind extends DataKind>(kind: Kind, id: IdOf<Kind>): Entry<ValueOf<Kind>> | undefined {
    const found = this.#find(kind, id) as Entry<ValueOf<Kind>> | undefined
    return found ?? (this.#loaded.get(keyOf(kind, id)) as Entry<ValueOf<Kind>> | undefined)
  }

  /** The last load. */
  loaded: Promise<void> | undefined

  load(missing: readonly MissingSubject[]): Promise<void> {
    this.loaded = this.#load(missing)
    return this.loaded
  }

  async #load(missing: readonly MissingSubject[]): Promise<void> {
    const held = missing as Parameters<HeldData['load']>[0]
    const entries = await this.#held.load(held)
    for (const [i, { kind, id }] of held.entries())
      this.#loaded.set(keyOf(kind, id), entries[i] as Entry<unknown>)
  }

  #find(kind: DataKind, id: unknown): Entry<unknown> | undefined {
    const { by, protection, watches } = this.#options
    const { role } = by
    switch (kind) {
      case 'credential':
        return entryOf(id === KEY.id ? credentialOf(by) : undefined)
      case 'access-control':
        return entryOf([DEFAULT_ACCESS_CONTROL_RULE])
      case 'role':
        return entryOf(id === role.id ? role : undefined)
      case 'name':
        return entryOf(resolve(id as IdOf<'name'>))
      case 'user':
        return entryOf(USERS.find(user => user.id === id))
      case 'protection':
        return entryOf(protection)
      case 'subscription':
        return entryOf(subscriptionOf(watches().get(id as string), role))
      case 'content-classes':
      case 'epoch':
      case 'signing-key':
      case 'mailbox-owners':
      case 'shared-mailbox':
      case 'stored-items':
        return this.#held.find(kind, id as never)
      default:
        return entryOf(undefined)
    }
  }
}

const EPOCH = 'epoch'
const SIGNING_KEY = 'signing-key'
const KEY: AccessKey = {
  id: accessKeyId('AKIAAAAAAAAAAAAAAAAA'),
  principalId: PRINCIPAL.id,
  secretHash: Buffer.from('secret'),
  sealedSecret: Buffer.from(''),
  enabled: true,
  extendedProtection: 'allow',
  createdAt: 0,
}

/** Returns the access key and its principal, each in its period. */
function credentialOf({ caller: { key, principal } }: CanaryRole): Credential {
  const { notBefore, notAfter: expiresAt } = key
  const period = { ...(notBefore && { notBefore }), ...(expiresAt && { expiresAt }) }
  return { key: { ...KEY, ...period }, principal: { ...PRINCIPAL, ...principal } }
}

/** Returns what the caller proves: that it has the access key, or a token that was issued for it. */
const proofOf = ({ role, hasToken }: CanaryRole): CredentialProof =>
  hasToken
    ? {
        kind: 'token',
        signingKeyId: SIGNING_KEY,
        claims: {
          organizationId: WORLD.id,
          principalId: PRINCIPAL.id,
          accessKeyId: KEY.id,
          roleId: role.id,
          roleVersion: 1,
          epoch: EPOCH,
          expiresAt: AT + 900_000,
        },
      }
    : { kind: 'key', keyId: KEY.id, secretHash: KEY.secretHash, roleReference: role.id }

const entryOf = (value: unknown): Entry<unknown> => ({ value, from: 1 })
const keyOf = (kind: DataKind, id: unknown): string => `${kind} ${JSON.stringify(id)}`
const hashOf = (id: string): string => hash('sha256', id, 'base64url')

/**
 * Returns the record of a subscription: created in the role, before its profile, the rules, and the protection were
 * what they are now.
 */
function subscriptionOf(
  watch: Watch | undefined,
  role: ImpersonationRole,
): Subscription | undefined {
  if (watch === undefined) return undefined
  const { owner, kind } = watch
  const idOf = (address: string) => userId(`id-of-${address.slice(0, address.indexOf('@'))}`)
  return {
    organizationId: WORLD.id,
    idHash: hashOf(watch.id),
    userId: idOf(owner),
    others: [],
    ...(kind === 'none' ? {} : { folderClasses: [kind] }),
    roleId: role.id,
    principalId: PRINCIPAL.id,
    lifeMs: 3_600_000,
    expiresAt: AT + 3_600_000,
  }
}

/** Returns an upstream that answers from the sandbox, after the caller has returned. */
function upstreamOf(mailboxes: CanaryMailboxes): Upstream {
  const send: Upstream['send'] = ({ body }, sink) => {
    queueMicrotask(() => {
      sink.head({ status: 200, headers: [], gzip: false, cookies: [] })
      sink.chunk(Buffer.from(mailboxes.ask(body as Buffer)))
      sink.end()
    })
    return {
      isSent: true,
      responseCode: undefined,
      isFault: false,
      itemCount: undefined,
      resume: () => undefined,
      abort: () => undefined,
    }
  }
  return { send } as Upstream
}
