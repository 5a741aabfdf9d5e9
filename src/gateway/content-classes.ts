/**
 * Asks the upstream for the classes of folders and items, and remembers them for a minute.
 *
 * The gateway asks as the impersonated user: once for all items whose class it doesn't know, and once for all folders.
 * So the result doesn't depend on anything that a client sends, apart from the IDs.
 *
 * @module
 */

import { LRUCache } from 'lru-cache'
import { type EwsResponse, isUnavailable } from '../ews/response-reader.ts'
import { Failure } from '../model/failure.ts'
import type { Organization, OrganizationId, User, UserId } from '../model/identity.ts'
import type { ContentQuery, ContentResult, StoredFolder } from '../model/stored-content.ts'
import type { FoundItem } from '../model/stored-item.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { escapeXml } from '../xml/text.ts'
import { ask, type Question } from './ask.ts'

/** Time for which a class is remembered. */
const KEPT_MS = 60_000
/** Maximum size of everything that is remembered, in characters of its keys. */
const MAX_CHARACTERS = 8_000_000
/** Maximum number of users whose last change is remembered. */
const MAX_USERS = 100_000

/** Distinguished folders whose subfolders are hidden, and those whose subfolders are search folders. */
const HIDDEN_ROOTS = ['recoverableitemsroot', 'archiverecoverableitemsroot'] as const
const SEARCH_ROOTS = ['searchfolders'] as const
const ROOTS = [...HIDDEN_ROOTS, ...SEARCH_ROOTS]

/** Organization of the users, with its upstream. */
type Served = Readonly<{ organization: Organization; upstream: Upstream }>

type ItemPlace = NonNullable<FoundItem['place']>
/** IDs of the special folders of a mailbox. */
type Roots = Readonly<{ hidden: readonly string[]; search: readonly string[] }>
type Value = StoredFolder | ItemPlace | Roots
type Kind = 'folder' | 'item' | 'roots'
/** A value, the time of the request for it, and the number of changes before that request. */
type Kept = Readonly<{ value: Value; at: number; changes: number }>

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
  #floor = 0

  /** @param now - returns the time in milliseconds */
  constructor(now: () => number) {
    this.#now = now
  }

  /** Returns the known classes; undefined if the upstream must be asked for one of them. */
  find(served: Served, query: ContentQuery): ContentResult | undefined {
    const { user } = query
    const folders = query.folders.map(id => this.#find<StoredFolder>(served, user, 'folder', id))
    if (folders.includes(undefined)) return undefined
    const items = query.items.map(id => {
      const place = this.#find<ItemPlace>(served, user, 'item', id)
      const folder = place && this.#find<StoredFolder>(served, user, 'folder', place.folderId)
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
    const asking = { served, user: query.user, owner }
    const places = await this.#places(asking, query.items)
    const parents = places.flatMap(place => (place === undefined ? [] : [place.folderId]))
    const ids = [...new Set([...query.folders, ...parents])]
    const folders = await this.#folders(asking, ids)
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
    const known = new Map(ids.map(id => [id, this.#find<ItemPlace>(served, user, 'item', id)]))
    const unknown = [...known].flatMap(([id, place]) => (place === undefined ? [id] : []))
    if (unknown.length > 0) {
      const { messages } = await this.#ask(asking, 'GetItem', getItem(unknown))
      if (messages.length === unknown.length)
        for (const [i, id] of unknown.entries()) {
          const [item, ...others] = messages[i]?.items ?? []
          if (item?.place === undefined || others.length > 0) continue
          known.set(id, this.#keep(asking, 'item', id, item.place))
        }
    }
    return ids.map(id => known.get(id))
  }

  async #folders(
    asking: Asking,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, StoredFolder>> {
    const { served, user } = asking
    const known = new Map<string, StoredFolder>()
    const unknown: string[] = []
    for (const id of ids) {
      const folder = this.#find<StoredFolder>(served, user, 'folder', id)
      if (folder === undefined) unknown.push(id)
      else known.set(id, folder)
    }
    if (unknown.length === 0) return known
    const kept = this.#find<Roots>(served, user, 'roots', '')
    const { messages } = await this.#ask(
      asking,
      'GetFolder',
      getFolder(unknown, kept === undefined ? ROOTS : []),
    )
    if (messages.length !== unknown.length + (kept === undefined ? ROOTS.length : 0)) return known
    const roots = kept ?? this.#keep(asking, 'roots', '', rootsIn(messages.slice(unknown.length)))
    for (const [i, id] of unknown.entries()) {
      const [folder, ...others] = messages[i]?.folders ?? []
      if (folder === undefined || others.length > 0) continue
      const isIn = (some: readonly string[]) =>
        some.includes(folder.id) ||
        (folder.parentId !== undefined && some.includes(folder.parentId))
      const kind =
        folder.isSearch || isIn(roots.search)
          ? 'search'
          : folder.isHidden || isIn(roots.hidden)
            ? 'hidden'
            : 'ordinary'
      known.set(id, this.#keep(asking, 'folder', id, { kind, container: folder.container }))
    }
    return known
  }

  async #ask(
    asking: Asking,
    operation: 'GetFolder' | 'GetItem',
    element: string,
  ): Promise<EwsResponse> {
    const { served, user, owner } = asking
    asking.at = this.#now()
    asking.changes = this.#changes
    const question: Question = { operation, element, address: user.primarySmtpAddress, owner }
    const response = await ask(served.upstream, question)
    if (isUnavailable(response))
      throw new Failure('upstream-unreachable', "The upstream can't tell now what IDs identify", {
        kind: 'throttled',
      })
    return response
  }

  #keep<T extends Value>(asking: Asking, kind: Kind, id: string, value: T): T {
    const { served, user, at = this.#now(), changes = 0 } = asking
    this.#kept.set(keyOf(served, user, kind, id), { value, at, changes })
    return value
  }

  #find<T extends Value>(served: Served, user: User, kind: Kind, id: string): T | undefined {
    const kept = this.#kept.get(keyOf(served, user, kind, id))
    if (kept === undefined || !(Math.abs(this.#now() - kept.at) < KEPT_MS)) return undefined
    const changed = this.#changed.get(userKey(served.organization.id, user.id)) ?? this.#floor
    return kept.changes >= changed ? (kept.value as T) : undefined
  }
}

/** Parameters of a lookup, and the time and the number of changes at its last request. */
type Asking = Readonly<{ served: Served; user: User; owner: string }> & {
  at?: number
  changes?: number
}

const userKey = (organization: OrganizationId, user: UserId): string => `${organization} ${user}`

const keyOf = (
  { organization }: Served,
  { id, primarySmtpAddress }: User,
  kind: Kind,
  of: string,
) => `${organization.id} ${id} ${primarySmtpAddress} ${kind} ${of}`

/** Returns the IDs of the special folders that the mailbox has. */
function rootsIn(messages: EwsResponse['messages']): Roots {
  const idsOf = (names: readonly string[]) =>
    messages.flatMap(({ folderIds }, i) => (names.includes(ROOTS[i] as string) ? folderIds : []))
  return { hidden: idsOf(HIDDEN_ROOTS), search: idsOf(SEARCH_ROOTS) }
}

const field = (name: string): string => `<t:FieldURI FieldURI="${name}"/>`
const property = (tag: string, type: string): string =>
  `<t:ExtendedFieldURI PropertyTag="${tag}" PropertyType="${type}"/>`
const shape = (name: string, ...properties: readonly string[]): string =>
  `<m:${name}><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>${properties.join('')}` +
  `</t:AdditionalProperties></m:${name}>`

const ITEM_SHAPE = shape(
  'ItemShape',
  ...['ItemClass', 'ParentFolderId', 'IsDraft', 'IsAssociated'].map(name => field(`item:${name}`)),
)
const FOLDER_SHAPE = shape(
  'FolderShape',
  ...['FolderClass', 'ParentFolderId'].map(name => field(`folder:${name}`)),
  property('0x10F4', 'Boolean'),
  property('0x3601', 'Integer'),
)

const elements = (name: string, ids: readonly string[]): string =>
  ids.map(id => `<t:${name} Id="${escapeXml(id)}"/>`).join('')

const getItem = (ids: readonly string[]): string =>
  `<m:GetItem>${ITEM_SHAPE}<m:ItemIds>${elements('ItemId', ids)}</m:ItemIds></m:GetItem>`

const getFolder = (ids: readonly string[], names: readonly string[]): string =>
  `<m:GetFolder>${FOLDER_SHAPE}<m:FolderIds>${elements('FolderId', ids)}` +
  `${elements('DistinguishedFolderId', names)}</m:FolderIds></m:GetFolder>`
