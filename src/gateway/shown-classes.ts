/**
 * Remembers classes of folders and items that responses to clients show, for the drafts that are attached to roles.
 *
 * No decision is made on them, because a client chooses what a response is about and what it shows. They are kept apart
 * from {@link ContentClasses}, which asks the upstream itself.
 *
 * @module
 */

import type { Organization, OrganizationId, User, UserId } from '../model/identity.ts'
import type { ContentQuery, ContentResult, StoredFolder } from '../model/stored-content.ts'
import { ContentMemory, type Origin } from './content-memory.ts'
import { folderNamed, type ShownRequest } from './shown-request.ts'
import { type ShownMemory, ShownResponse } from './shown-response.ts'

/**
 * Time for which a class is remembered. A backup lists the folders at its beginning, and then reads them for a long
 * time. An older class makes at most a comparison wrong.
 */
const KEPT_MS = 3_600_000
/** Maximum size of everything that is remembered, in characters. */
const MAX_CHARACTERS = 8_000_000

type Served = Readonly<{ organization: Organization }>

export class ShownClasses {
  readonly #now: () => number
  readonly #memory: ShownMemory

  /** @param now - returns the time in milliseconds */
  constructor(now: () => number) {
    this.#now = now
    this.#memory = new ContentMemory({ now, keptMs: KEPT_MS, maxCharacters: MAX_CHARACTERS })
  }

  /** Returns the classes; undefined if no response showed one of them. It is not known which items are drafts. */
  find(served: Served, { user, folders, items }: ContentQuery): ContentResult | undefined {
    const folderOf = (id: string): StoredFolder | undefined =>
      this.#memory.find(served, user, 'folder', id)?.value
    const foundFolders = folders.map(folderOf)
    if (foundFolders.includes(undefined)) return undefined
    const foundItems = items.map(id => {
      const place = this.#memory.find(served, user, 'item', id)?.value
      if (place === undefined) return undefined
      const { folder: of, itemClass, isAssociated } = place
      const folder = of.kind === 'folder' ? folderOf(of.id) : folderNamed(of.id)
      return folder && { folder, itemClass, isDraft: false, isAssociated }
    })
    return foundItems.includes(undefined) ? undefined : { folders: foundFolders, items: foundItems }
  }

  /** Begins to read a response. Call it before the request is sent, because a later change can outdate the response. */
  begin(served: Served, user: User, request: ShownRequest): ShownResponse {
    const origin: Origin = { at: this.#now(), changes: this.#memory.changes }
    return new ShownResponse(this.#memory, { served, user, ...origin }, request)
  }

  /** Forgets what responses to requests as a user showed. */
  forget(organization: OrganizationId, user: UserId): void {
    this.#memory.forget(organization, user)
  }
}
