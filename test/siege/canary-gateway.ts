/**
 * Simulates the gateway in front of the canaries: reader, decision with everything that it asks the upstream for,
 * and rebuild, from the checkout under attack.
 *
 * @module
 */

import { hash } from 'node:crypto'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { HeldData } from '../../src/gateway/held-data.ts'
import { DEFAULT_ACCESS_CONTROL_RULE } from '../../src/model/access-control.ts'
import { byAddress, type Organization, userId } from '../../src/model/identity.ts'
import type {
  DataKind,
  Entry,
  IdOf,
  MissingSubject,
  PolicySource,
  ValueOf,
} from '../../src/model/policy-data.ts'
import { NO_PROTECTION, type Protection } from '../../src/model/protection.ts'
import {
  DEFAULT_GUARD,
  type ImpersonationRole,
  type Mailboxes,
  roleId,
} from '../../src/model/role.ts'
import type { Subscription } from '../../src/model/subscription.ts'
import type { Upstream } from '../../src/upstream/upstream.ts'
import { AT, type CanaryMailboxes, type Watch } from './canary-mailboxes.ts'
import { DENIED, LIMITED, type Limits, OWNERS, PROTECTED } from './canary-table.ts'
import { PRINCIPAL, ROLE, resolve, USERS, ORGANIZATION as WORLD } from './world.ts'

/** A role with its limits, as the table knows them. */
export type CanaryRole = Readonly<{
  role: ImpersonationRole
  limits: Limits
  guard: Mailboxes
  isProtected: boolean
  /** Name for reports. */
  words: string
}>

export type CanaryOutcome = Readonly<
  | { kind: 'rejected' | 'denied'; reason: string }
  | { kind: 'forwarded'; requestElement: string; actAs: string; bytes: Buffer }
>

const ORGANIZATION: Organization = { ...WORLD, opaqueIds: 'refuse', enforcesSendAs: true }
const idOf = (address: string) => userId(`id-of-${address.slice(0, address.indexOf('@'))}`)
const PROTECTION: Protection = { ...NO_PROTECTION, users: [idOf(PROTECTED)] }
const RULES = [
  { id: 'everyone', effect: 'ALLOW' },
  { id: 'never', effect: 'DENY', targetUsers: [idOf(DENIED)] },
] as const

/** All limits, with each reach of the guard, with and without a protected mailbox. */
export const ROLES: readonly CanaryRole[] = LIMITED.flatMap(({ profile, limits }) =>
  (['own', 'permitted', 'any'] as const).flatMap(guard =>
    [false, true].map(isProtected => ({
      limits,
      guard,
      isProtected,
      words: `${JSON.stringify(profile)} ${guard}${isProtected ? ' protected' : ''}`,
      role: {
        ...ROLE,
        id: roleId('canary'),
        profile,
        guard: { ...DEFAULT_GUARD, mailboxes: guard, delegation: true, inboxRules: true },
        rules: RULES,
      },
    })),
  ),
)

type Modules = Readonly<{
  reader: typeof import('../../src/ews/reader.ts')
  rebuild: typeof import('../../src/ews/rebuild.ts')
  authorize: typeof import('../../src/decision/authorize.ts')
  load: typeof import('../../src/decision/load.ts')
  failure: typeof import('../../src/model/failure.ts')
  held: typeof import('../../src/gateway/held-data.ts')
  classes: typeof import('../../src/gateway/content-classes.ts')
  owners: typeof import('../../src/gateway/mailbox-owners.ts')
}>

export class CanaryGateway {
  readonly #parts: Modules
  readonly #held: HeldData
  readonly #mailboxes: CanaryMailboxes

  private constructor(parts: Modules, held: HeldData, mailboxes: CanaryMailboxes) {
    this.#parts = parts
    this.#held = held
    this.#mailboxes = mailboxes
  }

  /** @param root - checkout whose code decides */
  static async of(root: string, mailboxes: CanaryMailboxes): Promise<CanaryGateway> {
    const load = (file: string) => import(pathToFileURL(join(root, 'src', file)).href)
    const parts: Modules = {
      reader: await load('ews/reader.ts'),
      rebuild: await load('ews/rebuild.ts'),
      authorize: await load('decision/authorize.ts'),
      load: await load('decision/load.ts'),
      failure: await load('model/failure.ts'),
      held: await load('gateway/held-data.ts'),
      classes: await load('gateway/content-classes.ts'),
      owners: await load('gateway/mailbox-owners.ts'),
    }
    const served = { organization: ORGANIZATION, upstream: upstreamOf(mailboxes) }
    const mailboxOwners = new parts.owners.MailboxOwners(
      () => AT,
      () => undefined,
    )
    const owners = OWNERS.flatMap(owner => resolve(byAddress(owner)) ?? [])
    await mailboxOwners.ownersOf(served, [], owners)
    const held = new parts.held.HeldData({
      served,
      principalId: PRINCIPAL.id,
      mailboxOwners,
      contentClasses: new parts.classes.ContentClasses(() => AT),
      tokenAnchors: {
        epoch: () => undefined,
        loadEpoch: async () => '',
        isSigningKey: () => false,
        loadSigningKey: async () => false,
      },
    })
    return new CanaryGateway(parts, held, mailboxes)
  }

  /** Handles a request in a role. Throws everything except a Failure, because it is a programming error. */
  async handle(bytes: Buffer, by: CanaryRole): Promise<CanaryOutcome> {
    const { failure } = this.#parts
    try {
      return await this.#handle(bytes, by)
    } catch (error) {
      if (!(error instanceof failure.Failure)) throw error
      return { kind: 'rejected', reason: error.reason }
    }
  }

  async #handle(bytes: Buffer, { role, isProtected }: CanaryRole): Promise<CanaryOutcome> {
    const { reader, rebuild, authorize, load } = this.#parts
    const { prologue, facts, operationStart, operationEnd } = reader.readEnvelope(bytes)
    const { requestElement, connectingSid } = prologue
    const request = {
      purpose: 'EWS',
      organization: ORGANIZATION,
      caller: { kind: 'explained', principal: PRINCIPAL, roleId: role.id },
      sourceAddress: '127.0.0.1',
      secureTransport: true,
      at: AT,
      requestElement,
      connectingSid,
      body: { ...facts, subscriptions: facts.subscriptions.map(hashOf) },
    } as const
    const protection = isProtected ? PROTECTION : NO_PROTECTION
    const source = new CanarySource(this.#held, { role, protection, watches: this.#watches() })
    const decided = await load.loadAndDecide(source, () => authorize.authorize(request, source))
    if (decided.decision.verdict === 'deny')
      return { kind: 'denied', reason: decided.decision.reason }
    const { target } = decided
    const actAs =
      target?.kind === 'user'
        ? target.user.primarySmtpAddress
        : target?.kind === 'neutral'
          ? target.address
          : ''
    const operation = bytes.subarray(operationStart, operationEnd)
    const tail = rebuild.rebuildTail(prologue, bytes.length - operationEnd)
    return {
      kind: 'forwarded',
      requestElement,
      actAs,
      bytes: Buffer.concat([rebuild.rebuildHead(prologue, actAs), operation, tail]),
    }
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
  role: ImpersonationRole
  protection: Protection
  watches: ReadonlyMap<string, Watch>
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

  async load(missing: readonly MissingSubject[]): Promise<void> {
    const held = missing as Parameters<HeldData['load']>[0]
    const entries = await this.#held.load(held)
    for (const [i, { kind, id }] of held.entries())
      this.#loaded.set(keyOf(kind, id), entries[i] as Entry<unknown>)
  }

  #find(kind: DataKind, id: unknown): Entry<unknown> | undefined {
    const { role, protection, watches } = this.#options
    switch (kind) {
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
        return entryOf(subscriptionOf(watches.get(id as string), role))
      case 'content-classes':
      case 'mailbox-owners':
      case 'shared-mailbox':
      case 'stored-items':
        return this.#held.find(kind, id as never)
      default:
        return entryOf(undefined)
    }
  }
}

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
  return {
    organizationId: ORGANIZATION.id,
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
