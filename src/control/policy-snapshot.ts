/**
 * Policy data of one state of the store, for decisions that the control API makes or explains.
 *
 * @module
 */

import type { OrganizationId, User } from '../model/identity.ts'
import type {
  DataKind,
  Entry,
  Freshness,
  IdOf,
  MailboxOwnersQuery,
  MissingSubject,
  PolicySource,
  StoredKind,
  ValueOf,
} from '../model/policy-data.ts'
import type { Principal, PrincipalId } from '../model/principal.ts'
import { isStoredKind, type Subject, subjectOf } from '../model/subject.ts'
import type { PolicySnapshot, UserLists } from '../store/store.ts'
import type { Call, MailboxFinder } from './action.ts'
import { ApiError } from './errors.ts'

/**
 * Runs a function on one state of the store.
 *
 * @param read - must not wait for anything except reads of `data`, because it holds a connection of the store. Runs
 * again if the connection failed
 * @throws ApiError that `read` throws, Failure `policy-unavailable`
 */
export async function readOneState<T>(
  { ports, organization, at }: Call,
  read: (data: SnapshotData) => Promise<T>,
): Promise<T> {
  const result = await ports.store.snapshot(snapshot => {
    const state = { organization: organization.id, snapshot, at }
    return read(new SnapshotData(state, ports.mailboxes)).then(value => ({ value }), errorOfApi)
  })
  if ('error' in result) throw result.error
  return result.value
}

/** Returns an API error as a value, because the store would treat a thrown error as its own failure. */
function errorOfApi(error: unknown): Readonly<{ error: ApiError }> {
  if (error instanceof ApiError) return { error }
  throw error
}

type State = Readonly<{ organization: OrganizationId; snapshot: PolicySnapshot; at: number }>

/** Policy data of an organization in one state of the store. Loads data that a decision is missing. */
export class SnapshotData implements PolicySource {
  readonly #state: State
  readonly #mailboxes: MailboxFinder
  readonly #version: number
  readonly #entries = new Map<Subject, Entry<unknown>>()

  constructor(state: State, mailboxes: MailboxFinder) {
    this.#state = state
    this.#mailboxes = mailboxes
    this.#version = state.snapshot.policyVersions.versions.get(state.organization) ?? 0
  }

  freshness(): Freshness {
    return { version: this.#version, at: this.#state.at }
  }

  find<Kind extends DataKind>(kind: Kind, id: IdOf<Kind>): Entry<ValueOf<Kind>> | undefined {
    const entry = isStoredKind(kind)
      ? this.#entries.get(subjectOf(kind, id as IdOf<Kind & StoredKind>))
      : this.#findHeld(kind, id)
    return entry as Entry<ValueOf<Kind>> | undefined
  }

  /** Loads subjects from the store. Subjects that only the upstream knows stay missing. */
  async load(missing: readonly MissingSubject[]): Promise<void> {
    for (const [kind, subjects] of Map.groupBy(missing, subject => subject.kind))
      if (kind !== 'freshness' && isStoredKind(kind))
        await this.#load(
          kind,
          subjects.flatMap(subject => ('id' in subject ? [subject.id as IdOf<typeof kind>] : [])),
        )
  }

  /** Returns a value, and loads it first if needed. */
  async read<Kind extends StoredKind>(
    kind: Kind,
    id: IdOf<Kind>,
  ): Promise<ValueOf<Kind> | undefined> {
    const [value] = await this.#readAll(kind, [id])
    return value
  }

  principal(id: PrincipalId): Promise<Principal | undefined> {
    const { snapshot, organization } = this.#state
    return snapshot.principal(organization, id)
  }

  /** Finds users in this state. Ignores the organization of the query, because the state is of one organization. */
  readonly users: UserLists = {
    usersByName: (_, kind, names) =>
      this.#readAll(
        'name',
        names.map(value => ({ kind, value })),
      ),
    usersById: (_, ids) => this.#readAll('user', ids),
  }

  /** Replaces a stored value in this snapshot, for example by a draft. */
  put<Kind extends StoredKind>(kind: Kind, id: IdOf<Kind>, value: ValueOf<Kind> | undefined): void {
    this.#entries.set(subjectOf(kind, id), { value, from: this.#version })
  }

  async #readAll<Kind extends StoredKind>(kind: Kind, ids: readonly IdOf<Kind>[]) {
    await this.#load(
      kind,
      ids.filter(id => this.find(kind, id) === undefined),
    )
    return ids.map(id => this.find(kind, id)?.value)
  }

  async #load<Kind extends StoredKind>(kind: Kind, ids: readonly IdOf<Kind>[]): Promise<void> {
    const { snapshot, organization } = this.#state
    const values = await snapshot.values(organization, kind, ids)
    for (const [i, id] of ids.entries()) this.put(kind, id, values[i])
  }

  #findHeld(kind: DataKind, id: unknown): Entry<unknown> | undefined {
    const { organization } = this.#state
    if (kind === 'shared-mailbox')
      return knownOf(this.#mailboxes.findShared(organization, id as User))
    if (kind === 'mailbox-owners')
      return knownOf(this.#mailboxes.findOwners(organization, id as MailboxOwnersQuery))
    return undefined
  }
}

/** Returns an entry that never becomes invalid, because the snapshot doesn't change. */
const knownOf = <T>(value: T | undefined): Entry<T> | undefined =>
  value === undefined ? undefined : { value, from: 0 }
