/**
 * A truth that remembers itself: a store of one organization whose every state of every moment can
 * be asked for, and that can be put back to an earlier one.
 */

import { randomUUID } from 'node:crypto'
import type { StoreReaders } from '../../src/cache/ports.ts'
import type { StoredSubject } from '../../src/cache/target.ts'
import type { AccessControlRule } from '../../src/model/access-control.ts'
import { byAddress, type User, type UserId, userId } from '../../src/model/identity.ts'
import type { IdOf, StoredKind, ValueOf } from '../../src/model/policy-data.ts'
import type { Credential } from '../../src/model/principal.ts'
import type { ImpersonationRole } from '../../src/model/role.ts'
import {
  ACCESS_CONTROL,
  credentialSubject,
  nameSubject,
  type PolicyChange,
  roleSubject,
  type Subject,
  userSubject,
} from '../../src/model/subject.ts'
import type { PolicySnapshot, PolicyVersions } from '../../src/store/store.ts'
import { key, organization, principal, role } from '../store/samples.ts'

const ALICE = userId('11111111-1111-4111-8111-111111111111')
const ADDRESS = 'alice@example.com'
const BOB = userId('22222222-2222-4222-8222-222222222222')
const BOBS_ADDRESS = 'bob@example.com'

/** Items that can change, and the subjects that each change invalidates. */
export const ITEMS = {
  role: [roleSubject(role.id)],
  user: [userSubject(ALICE), nameSubject('address', ADDRESS)],
  batch: [userSubject(BOB), nameSubject('address', BOBS_ADDRESS)],
  credential: [credentialSubject(key.id)],
  rules: [ACCESS_CONTROL],
} as const satisfies Record<string, readonly Subject[]>

export type Item = keyof typeof ITEMS
export const ALL_ITEMS = Object.keys(ITEMS) as Item[]

/** Content of an item: number of the change that wrote it. Undefined if the item doesn't exist. */
export type Content = number | undefined

/** Content of an item for a period. Both ends are in true time. */
export type Period = Readonly<{ content: Content; version: number; from: number; to: number }>

export type Contents = ReadonlyMap<Item, Content>

type State = Readonly<{
  contents: Contents
  version: number
  log: readonly PolicyChange[]
}>

const numberIn = (text: string | undefined) => (text === undefined ? undefined : Number(text))

/** Reads the content of an item from the value that the policy data has for {@link SUBJECT_OF} the item. */
export const CONTENT_OF = {
  role: value => numberIn((value as ImpersonationRole | undefined)?.description),
  user: value => numberIn((value as User | undefined)?.displayName),
  batch: value => numberIn((value as User | undefined)?.displayName),
  credential: value => (value as Credential | undefined)?.key.createdAt,
  rules: value => numberIn((value as readonly AccessControlRule[])[0]?.description),
} as const satisfies Record<Item, (value: unknown) => Content>

export const SUBJECT_OF = {
  role: { kind: 'role', id: role.id },
  user: { kind: 'name', id: byAddress(ADDRESS) },
  batch: { kind: 'name', id: byAddress(BOBS_ADDRESS) },
  credential: { kind: 'credential', id: key.id },
  rules: { kind: 'access-control', id: 'rules' },
} as const satisfies Record<Item, StoredSubject>

function userOf(id: UserId, primarySmtpAddress: string, content: Content): User | undefined {
  if (content === undefined) return undefined
  return { id, primarySmtpAddress, aliases: [], displayName: String(content), enabled: true }
}

function roleIn(contents: Contents): ImpersonationRole | undefined {
  const content = contents.get('role')
  if (content === undefined) return undefined
  const times = { version: content, tokensValidFrom: 0, createdAt: 0, modifiedAt: 0 }
  return { ...role, ...times, description: String(content) }
}

function credentialIn(contents: Contents): Credential | undefined {
  const createdAt = contents.get('credential')
  return createdAt === undefined ? undefined : { key: { ...key, createdAt }, principal }
}

const alice = (contents: Contents) => userOf(ALICE, ADDRESS, contents.get('user'))
const bob = (contents: Contents) => userOf(BOB, BOBS_ADDRESS, contents.get('batch'))

const VALUES: Readonly<{
  [Kind in StoredKind]: (contents: Contents, id: IdOf<Kind>) => ValueOf<Kind> | undefined
}> = {
  'access-control': contents => {
    const description = String(contents.get('rules'))
    return [{ name: 'Only', effect: 'ALLOW', description, createdAt: 0, modifiedAt: 0 }]
  },
  credential: credentialIn,
  identity: () => undefined,
  name: (contents, { value }) => (value === ADDRESS ? alice : bob)(contents),
  protection: () => undefined,
  role: roleIn,
  'role-name': roleIn,
  subscription: () => undefined,
  user: (contents, id) => (id === ALICE ? alice : bob)(contents),
}

export class RememberedStore implements StoreReaders {
  readonly history: Record<Item, Period[]> = {
    role: [],
    user: [],
    batch: [],
    credential: [],
    rules: [],
  }
  readonly states: State[] = []
  /** By epoch and version. */
  readonly #contents = new Map<string, readonly Contents[]>()
  #epoch: string = randomUUID()
  #state: State = { contents: new Map(), version: 0, log: [] }
  #number = 0
  readonly #now: () => number

  /** @param now - true time in milliseconds */
  constructor(now: () => number) {
    this.#now = now
    this.change(ALL_ITEMS)
  }

  get version(): number {
    return this.#state.version
  }

  content(item: Item): Content {
    return this.#state.contents.get(item)
  }

  /** Changes or deletes the content of items. A change that names no subject invalidates everything. */
  change(items: readonly Item[], { isDeletion = false, isNamed = true } = {}): void {
    const contents = new Map(this.#state.contents)
    this.#number += 1
    for (const item of items)
      contents.set(item, isDeletion && item !== 'rules' ? undefined : this.#number)
    const version = this.#state.version + 1
    const subjects = items.flatMap(item => ITEMS[item])
    const change = { version, at: this.#now(), ...(isNamed && { subjects }) }
    this.#become({ contents, version, log: [...this.#state.log, change] })
  }

  /** Forgets all changes but the latest. */
  prune(kept: number): void {
    this.#state = { ...this.#state, log: kept === 0 ? [] : this.#state.log.slice(-kept) }
  }

  /** Puts back an earlier state, whole, as the copy of a database is put back. */
  restore(state: State, { isTold = false } = {}): void {
    if (isTold) this.#epoch = randomUUID()
    this.#become(state)
  }

  /**
   * Returns the contents of every item when the store had this epoch and this version. There are several if
   * a copy was restored without a new epoch.
   */
  contentsAt(epoch: string, version: number): readonly Contents[] {
    return this.#contents.get(`${epoch} ${version}`) ?? []
  }

  /** Returns the period of an item at a version of the present history. */
  periodOf(item: Item, version: number): number {
    return this.history[item].findLastIndex(period => period.version <= version)
  }

  async snapshot<T>(read: (snapshot: PolicySnapshot) => Promise<T>): Promise<T> {
    const { contents } = this.#state
    const policyVersions = this.#versions()
    return await read({
      policyVersions,
      values: async (_, kind, ids) => ids.map(id => VALUES[kind](contents, id)),
      principal: async () => undefined,
    })
  }

  async policyVersions(): Promise<PolicyVersions> {
    return this.#versions()
  }

  async changesSince(_: unknown, version: number): Promise<readonly PolicyChange[]> {
    return this.#state.log.filter(change => change.version > version)
  }

  async newEpoch(replacing = this.#epoch): Promise<string> {
    if (replacing !== this.#epoch) return this.#epoch
    this.#epoch = randomUUID()
    this.#remember()
    return this.#epoch
  }

  #versions(): PolicyVersions {
    return { epoch: this.#epoch, versions: new Map([[organization, this.version]]) }
  }

  #become(state: State): void {
    const now = this.#now()
    for (const item of ALL_ITEMS) {
      const periods = this.history[item]
      const last = periods.at(-1)
      const content = state.contents.get(item)
      if (last !== undefined && last.content === content && state.version >= last.version) continue
      if (last !== undefined) periods[periods.length - 1] = { ...last, to: now }
      periods.push({ content, version: state.version, from: now, to: Number.POSITIVE_INFINITY })
    }
    this.#state = state
    this.states.push(state)
    this.#remember()
  }

  #remember(): void {
    const before = this.contentsAt(this.#epoch, this.version)
    const { contents } = this.#state
    const isNew = before.every(other => other !== contents)
    if (isNew) this.#contents.set(`${this.#epoch} ${this.version}`, [...before, contents])
  }
}
