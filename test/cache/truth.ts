/**
 * A truth that remembers itself: a store of one organization whose every state of every moment can
 * be asked for, and that can be put back to an earlier one.
 */

import { randomUUID } from 'node:crypto'
import type { Truth } from '../../src/cache/truth.ts'
import type { AccessControlRule } from '../../src/model/access-control.ts'
import { type User, type UserId, userId } from '../../src/model/identity.ts'
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
import type {
  AccessControlReader,
  CredentialReader,
  RoleReader,
  Standings,
  UserReader,
} from '../../src/store/store.ts'
import { key, organization, principal, role } from '../store/samples.ts'

const ALICE = userId('11111111-1111-4111-8111-111111111111')
const ADDRESS = 'alice@example.com'
const BOB = userId('22222222-2222-4222-8222-222222222222')
const BOBS_ADDRESS = 'bob@example.com'

/** What can change, and which subjects that makes void. */
export const PIECES = {
  role: [roleSubject(role.id)],
  user: [userSubject(ALICE), nameSubject('address', ADDRESS)],
  batch: [userSubject(BOB), nameSubject('address', BOBS_ADDRESS)],
  credential: [credentialSubject(key.id)],
  rules: [ACCESS_CONTROL],
} as const satisfies Record<string, readonly Subject[]>

export type Piece = keyof typeof PIECES
export const EVERY_PIECE = Object.keys(PIECES) as Piece[]

/** What a piece is: the number of the change that made it so; undefined where there is none. */
export type Content = number | undefined

/** What a piece was for a time, both ends in true time. */
export type Period = Readonly<{ content: Content; version: number; from: number; to: number }>

type State = Readonly<{
  contents: ReadonlyMap<Piece, Content>
  version: number
  log: readonly PolicyChange[]
}>

type Reader = UserReader & RoleReader & CredentialReader & AccessControlReader

/** What a reader gives for a piece, as its content. */
export const READ = {
  role: async reader => numberIn((await reader.role(organization, role.id))?.description),
  user: async reader =>
    numberIn((await reader.userByName(organization, 'SmtpAddress', ADDRESS))?.displayName),
  batch: async reader => {
    const [user] = await reader.usersByAddress(organization, [BOBS_ADDRESS])
    return numberIn(user?.displayName)
  },
  credential: async reader => (await reader.credential(key.id))?.key.createdAt,
  rules: async reader => numberIn((await reader.accessControlRules(organization))[0]?.description),
} as const satisfies Record<Piece, (reader: Reader) => Promise<Content>>

const numberIn = (text: string | undefined) => (text === undefined ? undefined : Number(text))

function userOf(id: UserId, primarySmtpAddress: string, content: Content): User | undefined {
  if (content === undefined) return undefined
  return { id, primarySmtpAddress, aliases: [], displayName: String(content), enabled: true }
}

export class RememberedTruth implements Truth {
  readonly history: Record<Piece, Period[]> = {
    role: [],
    user: [],
    batch: [],
    credential: [],
    rules: [],
  }
  readonly states: State[] = []
  #epoch: string = randomUUID()
  #state: State = { contents: new Map(), version: 0, log: [] }
  #number = 0
  readonly #now: () => number

  /** @param now - true time in milliseconds */
  constructor(now: () => number) {
    this.#now = now
    this.change(EVERY_PIECE)
  }

  get version(): number {
    return this.#state.version
  }

  content(piece: Piece): Content {
    return this.#state.contents.get(piece)
  }

  /** Gives pieces another content, or none; a change that names nothing says that all is void. */
  change(pieces: readonly Piece[], { isDeletion = false, isNamed = true } = {}): void {
    const contents = new Map(this.#state.contents)
    this.#number += 1
    for (const piece of pieces)
      contents.set(piece, isDeletion && piece !== 'rules' ? undefined : this.#number)
    const version = this.#state.version + 1
    const subjects = pieces.flatMap(piece => PIECES[piece])
    const change = { version, at: this.#now(), ...(isNamed && { subjects }) }
    this.#become({ contents, version, log: [...this.#state.log, change] })
  }

  /** Forgets all changes but the latest. */
  prune(kept: number): void {
    this.#state = { ...this.#state, log: kept === 0 ? [] : this.#state.log.slice(-kept) }
  }

  /** Puts back an earlier state, whole, as the copy of a database is put back. */
  restore(state: State): void {
    this.#become(state)
  }

  /** What a piece was at a version of the present history. */
  periodOf(piece: Piece, version: number): number {
    return this.history[piece].findLastIndex(period => period.version <= version)
  }

  async user(): Promise<User | undefined> {
    return userOf(ALICE, ADDRESS, this.content('user'))
  }

  async usersByAddress(_: unknown, addresses: readonly string[]) {
    return addresses.map(() => userOf(BOB, BOBS_ADDRESS, this.content('batch')))
  }

  async usersById(_: unknown, ids: readonly string[]) {
    return await this.usersByAddress(_, ids)
  }

  userByName(): Promise<User | undefined> {
    return this.user()
  }

  async role(): Promise<ImpersonationRole | undefined> {
    const content = this.content('role')
    if (content === undefined) return undefined
    const times = { version: this.version, tokensValidFrom: 0, createdAt: 0, modifiedAt: 0 }
    return { ...role, ...times, description: String(content) }
  }

  roleByName(): Promise<ImpersonationRole | undefined> {
    return this.role()
  }

  async credential(): Promise<Credential | undefined> {
    const createdAt = this.content('credential')
    return createdAt === undefined ? undefined : { key: { ...key, createdAt }, principal }
  }

  async accessControlRules(): Promise<readonly AccessControlRule[]> {
    const description = String(this.content('rules'))
    return [{ name: 'Only', effect: 'ALLOW', description, createdAt: 0, modifiedAt: 0 }]
  }

  /** Of which this truth knows none. */
  async subscriptions(): Promise<readonly undefined[]> {
    return []
  }

  async standings(): Promise<Standings> {
    return { epoch: this.#epoch, versions: new Map([[organization, this.version]]) }
  }

  async changesSince(_: unknown, version: number): Promise<readonly PolicyChange[]> {
    return this.#state.log.filter(change => change.version > version)
  }

  async newEpoch(replacing = this.#epoch): Promise<string> {
    if (replacing === this.#epoch) this.#epoch = randomUUID()
    return this.#epoch
  }

  #become(state: State): void {
    const now = this.#now()
    for (const piece of EVERY_PIECE) {
      const periods = this.history[piece]
      const last = periods.at(-1)
      const content = state.contents.get(piece)
      if (last !== undefined && last.content === content && state.version >= last.version) continue
      if (last !== undefined) periods[periods.length - 1] = { ...last, to: now }
      periods.push({ content, version: state.version, from: now, to: Number.POSITIVE_INFINITY })
    }
    this.#state = state
    this.states.push(state)
  }
}
