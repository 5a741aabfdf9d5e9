/**
 * The store of one mailbox, or of its archive: folders, items, and a counter of changes for synchronization
 * and notifications.
 *
 * @module
 */

import type { Attachment } from './attachment.ts'
import type { IdForm } from './ids.ts'
import type { XmlElement } from './xml.ts'

/** A folder with its items. */
export type Folder = {
  readonly store: MailStore
  readonly counter: number
  parent: Folder | undefined
  displayName: string
  folderClass: string
  readonly distinguishedId: string | undefined
  readonly items: Map<number, Item>
  /** Other properties, such as permissions and extended properties. */
  readonly properties: Map<string, XmlElement>
  readonly created: number
  changed: number
  readonly tombstones: Tombstone[]
}

/** An item in a folder. */
export type Item = {
  readonly counter: number
  folder: Folder
  /** The element name, such as Message or CalendarItem. */
  readonly kind: string
  /** Properties by local name, as in requests and responses. */
  readonly properties: Map<string, XmlElement>
  /** Extended properties by the key of the ExtendedFieldURI. */
  readonly extended: Map<string, XmlElement>
  attachments: Attachment[]
  /** The original MIME content, unchanged. */
  mime: Buffer | undefined
  isAssociated: boolean
  created: number
  changed: number
  /** Counter of the last change that affected only the read flag. */
  readChanged: number
  createdAt: number
  modifiedAt: number
}

/** Record of an object that was deleted, or moved to another folder. */
export type Tombstone = Readonly<{ counter: number; created: number; deleted: number }>

/** An event for subscriptions. */
export type StoreEvent = Readonly<{
  type: 'NewMail' | 'Created' | 'Deleted' | 'Modified' | 'Moved' | 'Copied'
  folder: Folder
  /** Absent for an event about the folder itself. */
  item?: { counter: number }
  /** Original folder and item, for the events Moved and Copied. */
  from?: { folder: Folder; item?: { counter: number } }
}>

/** Maximum number of deletions that each folder keeps for synchronization. */
const TOMBSTONES = 10_000

/** An item that is not in a folder yet. */
export type NewItem = Pick<Item, 'kind' | 'properties'> &
  Partial<Pick<Item, 'extended' | 'attachments' | 'mime' | 'isAssociated'>>

/** Folders and items. Every change increments one counter and is reported to listeners. */
export class MailStore {
  readonly guid: string
  /** Form of the IDs in this store. */
  readonly ids: IdForm
  /** Primary address of the owner. */
  readonly owner: string
  readonly isArchive: boolean
  readonly folders = new Map<number, Folder>()
  readonly listeners = new Set<(event: StoreEvent) => void>()
  /** Deleted folders. */
  readonly tombstones: Tombstone[] = []
  readonly #now: () => number
  #counter = 0
  #change = 0

  constructor(
    { guid, owner, isArchive, ids }: Pick<MailStore, 'guid' | 'owner' | 'isArchive' | 'ids'>,
    now: () => number,
  ) {
    this.guid = guid
    this.ids = ids
    this.owner = owner
    this.isArchive = isArchive
    this.#now = now
  }

  /** Number of the last change. */
  get change(): number {
    return this.#change
  }

  distinguished(id: string): Folder | undefined {
    return [...this.folders.values()].find(folder => folder.distinguishedId === id)
  }

  childrenOf(parent: Folder): Folder[] {
    return [...this.folders.values()].filter(folder => folder.parent === parent)
  }

  addFolder(
    parent: Folder | undefined,
    displayName: string,
    folderClass: string,
    distinguishedId?: string,
  ): Folder {
    const change = this.#next()
    const folder: Folder = {
      store: this,
      counter: this.nextCounter(),
      parent,
      displayName,
      folderClass,
      distinguishedId,
      items: new Map(),
      properties: new Map(),
      created: change,
      changed: change,
      tombstones: [],
    }
    this.folders.set(folder.counter, folder)
    this.#tell({ type: 'Created', folder })
    return folder
  }

  removeFolder(folder: Folder) {
    for (const child of this.childrenOf(folder)) this.removeFolder(child)
    for (const item of folder.items.values()) this.removeItem(item)
    this.folders.delete(folder.counter)
    remember(this.tombstones, folder, this.#next())
    this.#tell({ type: 'Deleted', folder })
  }

  /** Records a change of a folder's own properties. */
  touchFolder(folder: Folder) {
    folder.changed = this.#next()
    this.#tell({ type: 'Modified', folder })
  }

  moveFolder(folder: Folder, parent: Folder) {
    const from = folder.parent
    folder.parent = parent
    folder.changed = this.#next()
    this.#tell({ type: 'Moved', folder, ...(from && { from: { folder: from } }) })
  }

  addItem(folder: Folder, item: NewItem, type: 'Created' | 'NewMail' = 'Created'): Item {
    const added = this.#put(folder, item)
    this.#tell({ type: 'Created', folder, item: added })
    if (type === 'NewMail') this.#tell({ type, folder, item: added })
    return added
  }

  removeItem(item: Item) {
    this.#take(item)
    this.#tell({ type: 'Deleted', folder: item.folder, item })
  }

  /** Records a change of an item, or only of its read flag. */
  touchItem(item: Item, what: 'all' | 'read-flag' = 'all') {
    const change = this.#next()
    item.readChanged = change
    if (what === 'all') item.changed = change
    item.modifiedAt = this.#now()
    this.#tell({ type: 'Modified', folder: item.folder, item })
  }

  /** Puts a copy into a folder of any store. The copy has its own ID. */
  static copyItem(item: Item, folder: Folder): Item {
    const copy = folder.store.#put(folder, { ...item, properties: new Map(item.properties) })
    const from = { folder: item.folder, item }
    folder.store.#tell({ type: 'Copied', folder, item: copy, from })
    return copy
  }

  /** Moves an item to a folder of any store. It gets another ID. */
  static moveItem(item: Item, folder: Folder): Item {
    const { store } = item.folder
    store.#take(item)
    const moved = folder.store.#put(folder, item)
    const from = { folder: item.folder, item }
    folder.store.#tell({ type: 'Moved', folder, item: moved, from })
    if (store !== folder.store) store.#tell({ type: 'Deleted', folder: item.folder, item })
    return moved
  }

  /** Returns a number for a new object, unique in this store. */
  nextCounter(): number {
    this.#counter += 1
    return this.#counter
  }

  #put(folder: Folder, item: NewItem & Partial<Item>): Item {
    const change = this.#next()
    const at = this.#now()
    const put: Item = {
      counter: this.nextCounter(),
      folder,
      kind: item.kind,
      properties: item.properties,
      extended: new Map(item.extended),
      attachments: [...(item.attachments ?? [])],
      mime: item.mime,
      isAssociated: item.isAssociated ?? false,
      created: change,
      changed: change,
      readChanged: change,
      createdAt: item.createdAt ?? at,
      modifiedAt: at,
    }
    folder.items.set(put.counter, put)
    return put
  }

  #take(item: Item) {
    item.folder.items.delete(item.counter)
    remember(item.folder.tombstones, item, this.#next())
  }

  #next(): number {
    this.#change += 1
    return this.#change
  }

  #tell(event: StoreEvent) {
    for (const listener of this.listeners) listener(event)
  }
}

function remember(tombstones: Tombstone[], gone: Folder | Item, deleted: number) {
  tombstones.push({ counter: gone.counter, created: gone.created, deleted })
  if (tombstones.length > TOMBSTONES) tombstones.shift()
}
