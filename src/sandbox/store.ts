/**
 * The store of one mailbox, or of its archive: folders, items, and a counter of changes that
 * synchronization and notifications are made from.
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
  /** Whatever else was set: permissions, extended properties. */
  readonly properties: Map<string, XmlElement>
  readonly created: number
  changed: number
  readonly tombstones: Tombstone[]
}

/** An item in a folder. */
export type Item = {
  readonly counter: number
  folder: Folder
  /** The element name: Message, CalendarItem, … */
  readonly kind: string
  /** By local name, as they stand on the wire. */
  readonly properties: Map<string, XmlElement>
  /** By the key of the ExtendedFieldURI. */
  readonly extended: Map<string, XmlElement>
  attachments: Attachment[]
  /** The MIME content that it was made from, kept byte for byte. */
  mime: Buffer | undefined
  isAssociated: boolean
  created: number
  changed: number
  /** The last change of nothing but the read flag. */
  readChanged: number
  createdAt: number
  modifiedAt: number
}

/** What is left of something that was deleted or moved away. */
export type Tombstone = Readonly<{ counter: number; created: number; deleted: number }>

/** Something that subscriptions may want to know. */
export type StoreEvent = Readonly<{
  type: 'NewMail' | 'Created' | 'Deleted' | 'Modified' | 'Moved' | 'Copied'
  folder: Folder
  /** Absent: the event is the folder's own. */
  item?: { counter: number }
  /** Where it was, of Moved and Copied. */
  from?: { folder: Folder; item?: { counter: number } }
}>

/** Deletions that are remembered for synchronization, in each folder. */
const TOMBSTONES = 10_000

/** An item that has no place yet. */
export type NewItem = Pick<Item, 'kind' | 'properties'> &
  Partial<Pick<Item, 'extended' | 'attachments' | 'mime' | 'isAssociated'>>

/** Every change raises one counter, and is told to whoever listens. */
export class MailStore {
  readonly guid: string
  /** Form of the IDs of what is in it. */
  readonly ids: IdForm
  /** Primary address of whom it belongs to. */
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

  /** The number of the last change. */
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

  /** Says that a folder's own properties were changed. */
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

  /** Says that an item was changed, or no more of it than its read flag. */
  touchItem(item: Item, what: 'all' | 'read-flag' = 'all') {
    const change = this.#next()
    item.readChanged = change
    if (what === 'all') item.changed = change
    item.modifiedAt = this.#now()
    this.#tell({ type: 'Modified', folder: item.folder, item })
  }

  /** Puts a copy into a folder, of any store; it has an id of its own. */
  static copyItem(item: Item, folder: Folder): Item {
    const copy = folder.store.#put(folder, { ...item, properties: new Map(item.properties) })
    const from = { folder: item.folder, item }
    folder.store.#tell({ type: 'Copied', folder, item: copy, from })
    return copy
  }

  /** Moves an item to a folder, of any store; it gets another id. */
  static moveItem(item: Item, folder: Folder): Item {
    const { store } = item.folder
    store.#take(item)
    const moved = folder.store.#put(folder, item)
    const from = { folder: item.folder, item }
    folder.store.#tell({ type: 'Moved', folder, item: moved, from })
    if (store !== folder.store) store.#tell({ type: 'Deleted', folder: item.folder, item })
    return moved
  }

  /** A number for something new, which nothing else in this store has or will have. */
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
