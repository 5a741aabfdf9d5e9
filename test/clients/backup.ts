/**
 * A backup program as people write it with ews-javascript-api: folders and items by their changes,
 * and the MIME content of what is new or changed.
 */

import {
  BasePropertySet,
  ChangeType,
  type ExchangeService,
  FolderId,
  type GetItemResponse,
  type ItemId,
  ItemSchema,
  PropertySet,
  SyncFolderItemsScope,
} from 'ews-javascript-api'

const IDS = new PropertySet(BasePropertySet.IdOnly)
const MIME = new PropertySet(BasePropertySet.IdOnly, [ItemSchema.Subject, ItemSchema.MimeContent])
const CHANGES_AT_ONCE = 100
const ITEMS_AT_ONCE = 50
const BEGINNING = null as unknown as string

/** Parts of an item that a backup keeps. */
export type BackedUpItem = Readonly<{ subject: string; mime: string }>

/** The backup of one mailbox, which each run brings up to date. */
export class MailboxBackup {
  readonly items = new Map<string, BackedUpItem>()
  readonly #states = new Map<string, string>()
  #hierarchy = BEGINNING
  /** How many items the last run fetched. */
  fetched = 0

  async run(service: ExchangeService): Promise<void> {
    this.fetched = 0
    const hierarchy = await service.SyncFolderHierarchy(IDS, this.#hierarchy)
    this.#hierarchy = hierarchy.SyncState
    for (const { ChangeType: kind, FolderId: folder } of hierarchy.GetEnumerator())
      if (kind === ChangeType.Delete) this.#states.delete(folder.UniqueId)
      else if (!this.#states.has(folder.UniqueId)) this.#states.set(folder.UniqueId, BEGINNING)
    for (const folder of this.#states.keys()) {
      let more = true
      while (more) more = await this.#follow(service, folder)
    }
  }

  /** @returns whether the folder has more changes */
  async #follow(service: ExchangeService, folder: string): Promise<boolean> {
    const changes = await service.SyncFolderItems(
      new FolderId(folder),
      IDS,
      [],
      CHANGES_AT_ONCE,
      SyncFolderItemsScope.NormalItems,
      this.#states.get(folder) ?? BEGINNING,
    )
    const wanted: ItemId[] = []
    for (const { ChangeType: kind, ItemId: id } of changes.GetEnumerator())
      if (kind === ChangeType.Delete) this.items.delete(id.UniqueId)
      else if (kind !== ChangeType.ReadFlagChange) wanted.push(id)
    for (let from = 0; from < wanted.length; from += ITEMS_AT_ONCE)
      await this.#fetch(service, wanted.slice(from, from + ITEMS_AT_ONCE))
    this.#states.set(folder, changes.SyncState)
    return changes.MoreChangesAvailable
  }

  async #fetch(service: ExchangeService, ids: ItemId[]): Promise<void> {
    const { Responses } = await service.BindToItems(ids, MIME)
    for (const { Item } of Responses as GetItemResponse[]) {
      this.items.set(Item.Id.UniqueId, { subject: Item.Subject, mime: Item.MimeContent.Content })
      this.fetched += 1
    }
  }
}
