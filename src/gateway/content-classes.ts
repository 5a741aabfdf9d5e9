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

import { type EwsResponse, isUnavailable } from '../ews/response-reader.ts'
import type { FoundFolder } from '../ews/stored-folder.ts'
import { Failure } from '../model/failure.ts'
import type { Organization, OrganizationId, User, UserId } from '../model/identity.ts'
import { behaviorOf } from '../model/server-kind.ts'
import type {
  ContentQuery,
  ContentResult,
  StoredFolder,
  StoredPlace,
} from '../model/stored-content.ts'
import type { FoundItem } from '../model/stored-item.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { ASK_MS, ask, type Question } from './ask.ts'
import { ContentMemory, type Kept, type Origin } from './content-memory.ts'
import { MAX_DEPTH, type Placed, placeOf } from './content-places.ts'
import { getFolder, getItem, NAMED_FOLDERS, VISIBLE_ROOTS } from './content-questions.ts'

/** Time for which a class is remembered. */
const KEPT_MS = 60_000
/** Maximum size of everything that is remembered, in characters. */
const MAX_CHARACTERS = 8_000_000

/** Organization of the users, with its upstream. */
type Served = Readonly<{ organization: Organization; upstream: Upstream }>

type ItemPlace = NonNullable<FoundItem['place']>
/** IDs of the visible roots of a mailbox, and of its drafts folder. */
type Roots = Readonly<{ visible: readonly string[]; drafts: readonly string[] }>
type Values = { folder: Placed; item: ItemPlace; roots: Roots }

export class ContentClasses {
  readonly #now: () => number
  readonly #memory: ContentMemory<Values>

  /** @param now - returns the time in milliseconds */
  constructor(now: () => number) {
    this.#now = now
    this.#memory = new ContentMemory({ now, keptMs: KEPT_MS, maxCharacters: MAX_CHARACTERS })
  }

  /** Returns the known classes; undefined if the upstream must be asked for one of them. */
  find(served: Served, query: ContentQuery): ContentResult | undefined {
    const { user } = query
    const roots = mailboxesOf(query).map(address =>
      this.#memory.find(served, user, 'roots', address),
    )
    if (!roots.every(known => known !== undefined)) return undefined
    const folderOf = (id: string): StoredFolder | undefined => {
      const placed = this.#memory.find(served, user, 'folder', id)?.value
      return placed && roots.some(({ value }) => value.visible.includes(placed.root))
        ? placed
        : undefined
    }
    const values = roots.map(({ value }) => value)
    const folders = query.folders.map(id => folderIn(folderOf(id), id, values))
    if (folders.includes(undefined)) return undefined
    const items = query.items.map(id => {
      const place = this.#memory.find(served, user, 'item', id)?.value
      const folder = place && folderOf(place.folderId)
      return place && folder && itemIn(folder, place, served, values)
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
    const asking = {
      served,
      user: query.user,
      owner,
      at: this.#now(),
      changes: this.#memory.changes,
    }
    const places = await this.#places(asking, query.items)
    const parents = places.flatMap(place => (place === undefined ? [] : [place.folderId]))
    const ids = [...new Set([...query.folders, ...parents])]
    const { folders, roots } = await this.#folders(asking, ids, mailboxesOf(query))
    return {
      folders: query.folders.map(id => folderIn(folders.get(id), id, roots)),
      items: places.map(place => {
        const folder = place && folders.get(place.folderId)
        return place && folder && itemIn(folder, place, served, roots)
      }),
    }
  }

  /** Forgets the classes that were requested as a user. A request in flight is not remembered. */
  forget(organization: OrganizationId, user: UserId): void {
    this.#memory.forget(organization, user)
  }

  async #places(
    asking: Asking,
    ids: readonly string[],
  ): Promise<readonly (ItemPlace | undefined)[]> {
    const { served, user } = asking
    const known = new Map(ids.map(id => [id, this.#memory.find(served, user, 'item', id)?.value]))
    const unknown = [...known].flatMap(([id, place]) => (place === undefined ? [id] : []))
    if (unknown.length > 0) {
      const { messages } = await this.#ask(asking, 'GetItem', getItem(unknown))
      if (messages.length === unknown.length)
        for (const [i, id] of unknown.entries()) {
          const [item, ...others] = messages[i]?.items ?? []
          if (item?.place === undefined || others.length > 0) continue
          known.set(id, item.place)
          this.#memory.keep(asking, 'item', id, { value: item.place, ...asking })
        }
    }
    return ids.map(id => known.get(id))
  }

  /** Returns the folders that are below a visible root of one of the mailboxes, and the roots. */
  async #folders(
    asking: Asking,
    ids: readonly string[],
    mailboxes: readonly Mailbox[],
  ): Promise<Readonly<{ folders: ReadonlyMap<string, StoredFolder>; roots: readonly Roots[] }>> {
    const { served, user } = asking
    const roots = new Map(
      mailboxes.map(mailbox => [mailbox, this.#memory.find(served, user, 'roots', mailbox)?.value]),
    )
    const found = new Map<string, FoundFolder>()
    const isRoot = (id: string) => [...roots.values()].some(some => some?.visible.includes(id))
    const placed = (id: string): Kept<Placed> | undefined => {
      const kept = this.#memory.find(served, user, 'folder', id)
      return kept && isRoot(kept.value.root) ? kept : undefined
    }
    let wanted = ids.filter(id => placed(id) === undefined)
    for (let depth = 0; wanted.length > 0 && depth < MAX_DEPTH; depth += 1) {
      const unknown = mailboxes.filter(mailbox => roots.get(mailbox) === undefined)
      const { messages } = await this.#ask(asking, 'GetFolder', getFolder(wanted, unknown))
      if (messages.length !== wanted.length + unknown.length * NAMED_FOLDERS.length) break
      for (const [i, mailbox] of unknown.entries()) {
        const from = wanted.length + i * NAMED_FOLDERS.length
        const drafts = from + VISIBLE_ROOTS.length
        const value = {
          visible: idsIn(messages.slice(from, drafts)),
          drafts: idsIn(messages.slice(drafts, drafts + 1)),
        }
        roots.set(mailbox, value)
        this.#memory.keep(asking, 'roots', mailbox, { value, ...asking })
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
      this.#memory.keep(asking, 'folder', id, kept)
      results.set(id, kept.value)
    }
    return { folders: results, roots: [...roots.values()].filter(known => known !== undefined) }
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
}

/** Address of a mailbox; undefined: that of the impersonated user. */
type Mailbox = string | undefined

const mailboxesOf = ({ mailboxes }: ContentQuery): readonly Mailbox[] => [undefined, ...mailboxes]

/** Returns a folder that a request names, and whether it is a drafts folder. */
const folderIn = (
  folder: StoredFolder | undefined,
  id: string,
  roots: readonly Roots[],
): StoredFolder | undefined =>
  folder && { ...folder, isDrafts: roots.some(({ drafts }) => drafts.includes(id)) }

/** Returns an item. Where the server marks no drafts, all items in a drafts folder are drafts. */
function itemIn(
  folder: StoredFolder,
  { itemClass, isDraft, isAssociated, folderId }: ItemPlace,
  { organization }: Served,
  roots: readonly Roots[],
): StoredPlace {
  const { marksDrafts } = behaviorOf(organization.kind)
  const isPlaced = !marksDrafts && roots.some(({ drafts }) => drafts.includes(folderId))
  return { folder, itemClass, isDraft: isDraft || isPlaced, isAssociated }
}

/** Parameters of a lookup, and the time and the number of changes at its beginning. */
type Asking = Origin &
  Readonly<{
    served: Served
    user: User
    owner: string
  }>

/** Returns the IDs of the folders in messages that are about one folder each. */
const idsIn = (messages: EwsResponse['messages']): readonly string[] =>
  messages.flatMap(({ folderIds }) => (folderIds.length === 1 ? folderIds : []))
