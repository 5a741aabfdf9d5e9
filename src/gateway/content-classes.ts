/**
 * Asks the upstream for the classes of folders and items, and remembers them for a minute.
 *
 * The gateway asks as the impersonated user: once for all items whose class it doesn't know, and once for all folders.
 * It asks again for the folders that contain these, up to a folder that is known to be visible, because nothing else
 * tells recoverable items, public folders, and other hidden places from the folders of users. The result doesn't
 * depend on anything that a client sends, apart from the IDs and the addresses of mailboxes.
 *
 * @module
 */

import { LRUCache } from 'lru-cache'
import { type EwsResponse, isUnavailable } from '../ews/response-reader.ts'
import type { FoundFolder } from '../ews/stored-folder.ts'
import { Failure } from '../model/failure.ts'
import type { Organization, OrganizationId, User, UserId } from '../model/identity.ts'
import type { ContentQuery, ContentResult, StoredFolder } from '../model/stored-content.ts'
import type { FoundItem } from '../model/stored-item.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { ASK_MS, ask, type Question } from './ask.ts'
import { getFolder, getItem, VISIBLE_ROOTS } from './content-questions.ts'

/** Time for which a class is remembered. */
const KEPT_MS = 60_000
/** Maximum size of everything that is remembered, in characters of its keys. */
const MAX_CHARACTERS = 8_000_000
/** Maximum number of users whose last change is remembered. */
const MAX_USERS = 100_000
/** Maximum number of folders from a folder up to a visible root, and so of requests for the folders of a request. */
const MAX_DEPTH = 16

/** Organization of the users, with its upstream. */
type Served = Readonly<{ organization: Organization; upstream: Upstream }>

type ItemPlace = NonNullable<FoundItem['place']>
/** A folder, and the ID of the visible root that it is, or that contains it. */
type Placed = StoredFolder & Readonly<{ root: string }>
/** IDs of the visible roots of a mailbox. */
type Roots = readonly string[]
type Values = { folder: Placed; item: ItemPlace; roots: Roots }
type Kind = keyof Values
/** A value, the time of the request for it, and the number of changes before that request. */
type Kept<T = Values[Kind]> = Readonly<{ value: T; at: number; changes: number }>

export class ContentClasses {
  readonly #now: () => number
  readonly #kept = new LRUCache<string, Kept>({
    maxSize: MAX_CHARACTERS,
    sizeCalculation: (_, key) => key.length,
  })
  #changes = 0
  /** Number of the last change that made the classes of a user uncertain. */
  readonly #changed = new LRUCache<string, number>({
    maxSize: MAX_USERS,
    sizeCalculation: () => 1,
    dispose: (changes, _, reason) => {
      if (reason === 'evict') this.#floor = Math.max(this.#floor, changes)
    },
  })
  /** Number of the last change of a user who is no longer in {@link #changed}. */
  #floor = Number.NEGATIVE_INFINITY

  /** @param now - returns the time in milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Returns the known classes; undefined if the upstream must be asked for one of them. */
  find(served: Served, query: ContentQuery): ContentResult | undefined {
    const { user } = query
    const roots = mailboxesOf(query).map(address => this.#find(served, user, 'roots', address))
    if (!roots.every(known => known !== undefined)) return undefined
    const folderOf = (id: string): StoredFolder | undefined => {
      const placed = this.#find(served, user, 'folder', id)?.value
      return placed && roots.some(({ value }) => value.includes(placed.root)) ? placed : undefined
    }
    const folders = query.folders.map(folderOf)
    if (folders.includes(undefined)) return undefined
    const items = query.items.map(id => {
      const place = this.#find(served, user, 'item', id)?.value
      const folder = place && folderOf(place.folderId)
      return place && folder && { ...place, folder }
    })
    return items.includes(undefined) ? undefined : { folders, items }
  }

  /**
   * Returns the classes of folders and items. Asks the upstream for those that are not known.
   *
   * @param owner - principal whose request needs the classes
   * @throws Failure if the upstream can't be asked now
   */
  async classesOf(served: Served, query: ContentQuery, owner: string): Promise<ContentResult> {
    const asking = { served, user: query.user, owner, at: this.#now(), changes: this.#changes }
    const places = await this.#places(asking, query.items)
    const parents = places.flatMap(place => (place === undefined ? [] : [place.folderId]))
    const ids = [...new Set([...query.folders, ...parents])]
    const folders = await this.#folders(asking, ids, mailboxesOf(query))
    return {
      folders: query.folders.map(id => folders.get(id)),
      items: places.map(place => {
        const folder = place && folders.get(place.folderId)
        return place && folder && { ...place, folder }
      }),
    }
  }

  /** Forgets the classes that were requested as a user. A request in flight is not remembered. */
  forget(organization: OrganizationId, user: UserId): void {
    this.#changes += 1
    this.#changed.set(userKey(organization, user), this.#changes)
  }

  async #places(
    asking: Asking,
    ids: readonly string[],
  ): Promise<readonly (ItemPlace | undefined)[]> {
    const { served, user } = asking
    const known = new Map(ids.map(id => [id, this.#find(served, user, 'item', id)?.value]))
    const unknown = [...known].flatMap(([id, place]) => (place === undefined ? [id] : []))
    if (unknown.length > 0) {
      const { messages } = await this.#ask(asking, 'GetItem', getItem(unknown))
      if (messages.length === unknown.length)
        for (const [i, id] of unknown.entries()) {
          const [item, ...others] = messages[i]?.items ?? []
          if (item?.place === undefined || others.length > 0) continue
          known.set(id, item.place)
          this.#keep(asking, 'item', id, { value: item.place, ...asking })
        }
    }
    return ids.map(id => known.get(id))
  }

  /** Returns the folders that are below a visible root of one of the mailboxes. */
  async #folders(
    asking: Asking,
    ids: readonly string[],
    mailboxes: readonly Mailbox[],
  ): Promise<ReadonlyMap<string, StoredFolder>> {
    const { served, user } = asking
    const roots = new Map(
      mailboxes.map(mailbox => [mailbox, this.#find(served, user, 'roots', mailbox)?.value]),
    )
    const found = new Map<string, FoundFolder>()
    const isRoot = (id: string) => [...roots.values()].some(some => some?.includes(id))
    const placed = (id: string): Kept<Placed> | undefined => {
      const kept = this.#find(served, user, 'folder', id)
      return kept && isRoot(kept.value.root) ? kept : undefined
    }
    let wanted = ids.filter(id => placed(id) === undefined)
    for (let depth = 0; wanted.length > 0 && depth < MAX_DEPTH; depth += 1) {
      const unknown = mailboxes.filter(mailbox => roots.get(mailbox) === undefined)
      const { messages } = await this.#ask(asking, 'GetFolder', getFolder(wanted, unknown))
      if (messages.length !== wanted.length + unknown.length * VISIBLE_ROOTS.length) break
      for (const [i, mailbox] of unknown.entries()) {
        const from = wanted.length + i * VISIBLE_ROOTS.length
        const value = idsIn(messages.slice(from, from + VISIBLE_ROOTS.length))
        roots.set(mailbox, value)
        this.#keep(asking, 'roots', mailbox, { value, ...asking })
      }
      const parents = new Set<string>()
      for (const [i, id] of wanted.entries()) {
        const [folder, ...others] = messages[i]?.folders ?? []
        if (folder === undefined || others.length > 0) continue
        found.set(id, folder)
        const { parentId } = folder
        if (parentId !== undefined && !isRoot(folder.id) && !isRoot(parentId)) parents.add(parentId)
      }
      wanted = [...parents].filter(id => !found.has(id) && placed(id) === undefined)
    }
    const results = new Map<string, StoredFolder>()
    for (const id of [...ids, ...found.keys()]) {
      const kept = placed(id) ?? placeOf(id, { found, asking, isRoot, placed })
      if (kept === undefined) continue
      this.#keep(asking, 'folder', id, kept)
      results.set(id, kept.value)
    }
    return results
  }

  async #ask(
    { served, user, owner, at }: Asking,
    operation: 'GetFolder' | 'GetItem',
    element: string,
  ): Promise<EwsResponse> {
    const deadlineMs = ASK_MS - (this.#now() - at)
    if (!(deadlineMs > 0))
      throw new Failure('upstream-timeout', 'The upstream did not tell in time what IDs identify')
    const address = user.primarySmtpAddress
    const question: Question = { operation, element, address, owner, deadlineMs }
    const response = await ask(served.upstream, question)
    if (isUnavailable(response))
      throw new Failure('upstream-unreachable', "The upstream can't tell now what IDs identify", {
        kind: 'throttled',
      })
    return response
  }

  #keep<K extends Kind>(
    { served, user }: Asking,
    kind: K,
    id: string | undefined,
    { value, at, changes }: Kept<Values[K]>,
  ): void {
    this.#kept.set(keyOf(served, user, kind, id), { value, at, changes })
  }

  #find<K extends Kind>(
    served: Served,
    user: User,
    kind: K,
    id: string | undefined,
  ): Kept<Values[K]> | undefined {
    const kept = this.#kept.get(keyOf(served, user, kind, id))
    if (kept === undefined || !(Math.abs(this.#now() - kept.at) < KEPT_MS)) return undefined
    const changed = this.#changed.get(userKey(served.organization.id, user.id)) ?? this.#floor
    return kept.changes >= changed ? (kept as Kept<Values[K]>) : undefined
  }
}

/** Address of a mailbox; undefined: that of the impersonated user. */
type Mailbox = string | undefined

const mailboxesOf = ({ mailboxes }: ContentQuery): readonly Mailbox[] => [undefined, ...mailboxes]

/** Parameters of a lookup, and the time and the number of changes at its beginning. */
type Asking = Readonly<{
  served: Served
  user: User
  owner: string
  at: number
  changes: number
}>

/** Folders of a lookup, and what is known about others. */
type Surroundings = Readonly<{
  found: ReadonlyMap<string, FoundFolder>
  asking: Asking
  isRoot: (id: string) => boolean
  placed: (id: string) => Kept<Placed> | undefined
}>

/**
 * Returns a folder with the visible root that it is, or that contains it; undefined if there is none, or if the folder
 * or one that contains it is of another type than folders with items of their own. It is as old as the oldest response
 * that it depends on.
 */
function placeOf(
  id: string,
  { found, asking, isRoot, placed }: Surroundings,
): Kept<Placed> | undefined {
  const container = found.get(id)?.container ?? ''
  let isHidden = false
  let above: string | undefined = id
  for (let depth = 0; above !== undefined && depth < MAX_DEPTH; depth += 1) {
    const known = placed(above)
    if (known !== undefined) {
      const value = { ...known.value, container, isHidden: isHidden || known.value.isHidden }
      // Another lookup can have asked later than this one.
      const at = Math.min(known.at, asking.at)
      return { value, at, changes: Math.min(known.changes, asking.changes) }
    }
    const folder = found.get(above)
    if (folder?.isGeneric !== true) return undefined
    isHidden ||= folder.isHidden
    const root = [folder.id, folder.parentId].find(one => one !== undefined && isRoot(one))
    if (root !== undefined) return { ...asking, value: { container, isHidden, root } }
    above = folder.parentId
  }
  return undefined
}

/** Returns the IDs of the folders in messages that are about one folder each. */
const idsIn = (messages: EwsResponse['messages']): readonly string[] =>
  messages.flatMap(({ folderIds }) => (folderIds.length === 1 ? folderIds : []))

const userKey = (organization: OrganizationId, user: UserId): string => `${organization} ${user}`

const keyOf = (
  { organization }: Served,
  { id, primarySmtpAddress }: User,
  kind: Kind,
  of: string | undefined,
) => `${organization.id} ${id} ${primarySmtpAddress} ${kind} ${of ?? ''}`
