/**
 * Watches for stored objects that this version of the gateway doesn't understand: shows them in the log, a metric,
 * and a health check.
 *
 * Reads of decisions report what they meet. A scan of the store, at the start and regularly, finds objects that no
 * request uses, except users, subscriptions, and the states of directory accounts, which can be many.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import type { OrganizationId, UserId } from '../model/identity.ts'
import type { AccessKeyId, PrincipalId } from '../model/principal.ts'
import type { RoleId } from '../model/role.ts'
import {
  UNREADABLE_KINDS,
  type UnreadableKind,
  type UnreadableObject,
  unreadableIn,
} from '../model/unreadable.ts'
import type { Store } from '../store/store.ts'
import type { Log } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'
import { regularly } from './regularly.ts'

const INTERVAL_MS = 10 * 60_000

/** Number of roles that one query of a scan reads. Other work runs between two queries. */
const ROLES_AT_ONCE = 50

/** Maximum number of objects that a check reads again. */
const CHECKED = 50

type Reader = Pick<
  Store,
  | 'accessControlRules'
  | 'credential'
  | 'fleetState'
  | 'identities'
  | 'keys'
  | 'principal'
  | 'principals'
  | 'protection'
  | 'role'
  | 'rolesPage'
  | 'subscriptions'
  | 'unreadableGroups'
  | 'user'
>

type Watched = Readonly<{
  store: Reader
  organizations: readonly OrganizationId[]
  metrics: Pick<Metrics, 'policy'>
  log: Pick<Log, 'error' | 'info' | 'debug'>
}>

export class UnreadableWatch {
  readonly #watched: Watched
  readonly #known = new Map<string, UnreadableObject>()
  #firstScan: Promise<void> | undefined

  constructor(watched: Watched) {
    this.#watched = watched
  }

  /** Notes objects that a read has met. Logs each once, until it is understood again. */
  saw(objects: readonly UnreadableObject[]): void {
    for (const object of objects) {
      if (this.#known.has(keyOf(object))) continue
      this.#known.set(keyOf(object), object)
      this.#watched.log.error(
        fieldsOf(object),
        'This version does not understand a stored object; denying what depends on it',
      )
    }
    this.#count()
  }

  /** Scans the store now and regularly. @returns function that stops it. It never rejects */
  begin(): () => Promise<void> {
    return regularly(() => {
      const scan = this.#scan().catch((error: unknown) =>
        this.#watched.log.debug({ err: error }, 'Cannot scan the store for unreadable objects'),
      )
      this.#firstScan ??= scan
      return scan
    }, INTERVAL_MS)
  }

  /**
   * Waits for the first scan. Reads the known objects again.
   *
   * @throws Error if some are still not understood. It has no ID, because administrators of all organizations see it
   */
  async check(): Promise<void> {
    await this.#firstScan
    for (const object of [...this.#known.values()].slice(0, CHECKED))
      if (!(await READS[object.kind](this.#watched.store, object)).includes(object.id))
        this.#forget(object)
    if (this.#known.size === 0) return
    const counts = [...Map.groupBy(this.#known.values(), ({ kind }) => kind)]
      .map(([kind, of]) => `${kind}: ${of.length}`)
      .join(', ')
    throw new Error(
      `This version does not understand stored objects (${counts}). The log has their IDs. Replace or delete them, or run the version that wrote them`,
    )
  }

  async #scan(): Promise<void> {
    const { store, organizations } = this.#watched
    const before = [...this.#known.values()]
    const found: UnreadableObject[] = []
    for (const organization of organizations)
      for await (const some of readAll(store, organization)) found.push(...some)
    this.saw(found)
    const keys = new Set(found.map(keyOf))
    for (const object of before)
      if (isScanned(object.kind) && !keys.has(keyOf(object))) this.#forget(object)
  }

  #forget(object: UnreadableObject): void {
    this.#known.delete(keyOf(object))
    this.#watched.log.info(fieldsOf(object), 'This version understands a stored object again')
    this.#count()
  }

  #count(): void {
    const { organizations, metrics } = this.#watched
    const objects = [...this.#known.values()]
    for (const organization of organizations)
      for (const kind of UNREADABLE_KINDS) {
        const some = objects.filter(one => one.kind === kind && one.organizationId === organization)
        metrics.policy.unreadable(organization, kind, some.length)
      }
  }
}

const keyOf = ({ kind, id, organizationId }: UnreadableObject) => `${organizationId} ${kind} ${id}`

const fieldsOf = ({ kind, id, organizationId }: UnreadableObject) => ({
  kind,
  id,
  organization: organizationId,
})

/** Kinds with many objects, which a scan doesn't read. */
const UNSCANNED: readonly UnreadableKind[] = ['user', 'subscription', 'account-state']

const isScanned = (kind: UnreadableKind) => !UNSCANNED.includes(kind)

/** Reads all objects that a scan covers, and returns those that are not understood. */
async function* readAll(
  store: Reader,
  organization: OrganizationId,
): AsyncGenerator<readonly UnreadableObject[]> {
  yield unreadableIn(organization, 'access-control', await store.accessControlRules(organization))
  yield unreadableIn(organization, 'protection', await store.protection(organization))
  for (const id of await store.unreadableGroups(organization))
    yield [{ kind: 'group', id, organizationId: organization }]
  for (const bound of await store.identities(organization))
    yield unreadableIn(organization, 'identity', bound)
  const allKeys = await store.keys(organization)
  const keysOf = Map.groupBy(allKeys, ({ principalId }) => principalId)
  for (const principal of await store.principals(organization)) {
    const keys = keysOf.get(principal.id) ?? []
    if (keys.length === 0)
      yield principal.unreadable
        ? [{ kind: 'principal', id: principal.id, organizationId: organization }]
        : []
    for (const key of keys) yield unreadableIn(organization, 'credential', { key, principal })
  }
  let after: RoleId | undefined
  do {
    const page = { limit: ROLES_AT_ONCE, ...(after !== undefined && { after }) }
    const roles = await store.rolesPage(organization, page)
    yield roles.flatMap(role => unreadableIn(organization, 'role', role))
    after = roles.length < ROLES_AT_ONCE ? undefined : roles.at(-1)?.id
    await setImmediate()
  } while (after !== undefined)
}

/** Reads an object again, and returns the IDs of objects of its kind that are not understood. */
type Read = (store: Reader, object: UnreadableObject) => Promise<readonly string[]>

const READS: Readonly<Record<UnreadableKind, Read>> = {
  role: async (store, { organizationId, id }) =>
    idsOf([await store.role(organizationId, id as RoleId)]),
  'access-control-rule': async (store, { organizationId }) => {
    const rules = await store.accessControlRules(organizationId)
    return rules.filter(({ unreadable }) => unreadable).map(({ name }) => name)
  },
  protection: async (store, { organizationId, id }) =>
    (await store.protection(organizationId)).unreadable ? [id] : [],
  principal: async (store, { organizationId, id }) =>
    idsOf([await store.principal(organizationId, id as PrincipalId)]),
  'access-key': async (store, { id }) => idsOf([(await store.credential(id as AccessKeyId))?.key]),
  identity: async (store, { organizationId }) => {
    const bound = await store.identities(organizationId)
    return bound.filter(({ unreadable }) => unreadable).map(({ principal }) => principal.id)
  },
  user: async (store, { organizationId, id }) =>
    idsOf([await store.user(organizationId, id as UserId)]),
  group: async (store, { organizationId }) => await store.unreadableGroups(organizationId),
  subscription: async (store, { organizationId, id }) => {
    const subscriptions = await store.subscriptions(organizationId, [id])
    return subscriptions.flatMap(one => (one?.unreadable ? [one.idHash] : []))
  },
  'account-state': async (store, { organizationId, id }) => {
    // Only organizations whose users sign in with passwords have such states.
    const { readState } = await import('../credentials/account-state.ts')
    const text = await store.fleetState(`account:${organizationId}:${id}`)
    return readState(text) === undefined ? [id] : []
  },
}

type Marked = Readonly<{ id: string; unreadable?: unknown }>

const idsOf = (objects: readonly (Marked | undefined)[]): readonly string[] =>
  objects.flatMap(object => (object?.unreadable === undefined ? [] : [object.id]))
