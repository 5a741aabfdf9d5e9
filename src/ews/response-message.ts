/**
 * Collects the content of one response message.
 *
 * @module
 */

import type { FoundItem } from '../model/stored-item.ts'
import { malformed } from '../xml/malformed.ts'
import type { Tag } from '../xml/tag.ts'
import type { Role } from './response-shape.ts'
import { FolderDraft, type FoundFolder, type ShownFolder } from './stored-folder.ts'
import { ItemDraft, type ShownItem } from './stored-item.ts'

/** One response message: the result for one entry of the request. */
export type ResponseMessage = Readonly<{
  code: string
  /** Present only if this is the response to Subscribe and has an ID. */
  subscriptionId?: string
  folderIds: readonly string[]
  /** Folders with their classes. Absent if the message contains none. */
  folders?: readonly FoundFolder[]
  items: readonly FoundItem[]
  /** Settings of Autodiscover by name. Absent if the message contains none. */
  settings?: ReadonlyMap<string, string>
}>

/** Receives the folders and items of a response to a client, each when it has been read. */
export interface ShownContent {
  /** @param message - index of the message that contains the folder */
  folder(folder: ShownFolder, message: number): void
  item(item: ShownItem): void
}

type SettingDraft = { name?: string | undefined; value?: string | undefined }

/** A response code, as the schema writes it. */
const CODE = /^[A-Za-z]\w{0,63}$/

export class MessageDraft {
  readonly #count: () => void
  readonly #shown: ShownContent | undefined
  readonly #index: number
  readonly #folderIds: string[] = []
  readonly #folders: FoundFolder[] = []
  readonly #items: FoundItem[] = []
  #code: string | undefined
  #subscriptionId: string | undefined
  /** The current item or folder, or the last one. */
  #item: ItemDraft | undefined
  #folder: FolderDraft | undefined
  readonly #settings = new Map<string, string>()
  #setting: SettingDraft = {}

  /**
   * @param count - called for each value. @throws Failure if there are too many
   * @param index - number of messages before this one
   * @param shown - receives folders and items in place of the message
   */
  constructor(count: () => void, index: number, shown: ShownContent | undefined) {
    this.#count = count
    this.#index = index
    this.#shown = shown
  }

  /** The message. Available once it has been read completely. @throws Failure if it has no code */
  get message(): ResponseMessage {
    if (this.#code === undefined) throw malformed('a response message has no code')
    return {
      code: this.#code,
      ...(this.#subscriptionId !== undefined && { subscriptionId: this.#subscriptionId }),
      folderIds: this.#folderIds,
      ...(this.#folders.length > 0 && { folders: this.#folders }),
      items: this.#items,
      ...(this.#settings.size > 0 && { settings: this.#settings }),
    }
  }

  open(role: Role, tag: Tag): void {
    if (role === 'item') this.#item = new ItemDraft(tag.name.local)
    else if (role === 'container') this.#folder = new FolderDraft(tag.name.local)
    else if (role === 'folder') this.#addFolder(tag)
    else if (role === 'setting') this.#setting = {}
    else (this.#item ?? this.#folder)?.open(role, tag)
  }

  openOther(parent: Role | undefined, isForeign: boolean): void {
    this.#item?.openOther(parent, isForeign)
  }

  /** @throws Failure if the text of a code or an ID can't be read */
  close(role: Role, text: string | undefined): void {
    if (role === 'code') this.#code = codeOf(text)
    else if (role === 'subscription') this.#addSubscription(text)
    else if (role === 'item') this.#endItem()
    else if (role === 'container') this.#endFolder()
    else if (role === 'setting-name') this.#setting.name = text
    else if (role === 'setting-value') this.#setting.value = text
    else if (role === 'setting') this.#addSetting(this.#setting)
    else if (this.#item !== undefined) {
      if (role === 'address' || role === 'property-value') this.#count()
      this.#item.close(role, text)
    } else this.#folder?.close(role, text)
  }

  #addFolder(tag: Tag): void {
    const id = tag.attribute('Id')
    if (id === undefined || id === '') throw malformed('a FolderId has no Id')
    this.#count()
    if (this.#shown === undefined) this.#folderIds.push(id)
    this.#folder?.open('folder', tag)
  }

  #addSubscription(text: string | undefined): void {
    if (text === undefined || text === '') throw malformed('a SubscriptionId is not plain text')
    this.#count()
    this.#subscriptionId = text
  }

  /** Ignores a setting whose value is not plain text. */
  #addSetting({ name, value }: SettingDraft): void {
    this.#count()
    if (name === undefined || value === undefined) return
    if (this.#settings.has(name)) throw malformed(`the setting ${name} appears more than once`)
    this.#settings.set(name, value)
  }

  #endFolder(): void {
    if (this.#shown !== undefined) {
      const shown = this.#folder?.shown
      if (shown !== undefined) this.#shown.folder(shown, this.#index)
      return
    }
    const folder = this.#folder?.folder
    if (folder !== undefined) this.#folders.push(folder)
  }

  #endItem(): void {
    if (this.#item === undefined) return
    this.#count()
    if (this.#shown === undefined) {
      this.#items.push(this.#item.item)
      return
    }
    const { shown } = this.#item
    if (shown !== undefined) this.#shown.item(shown)
  }
}

/**
 * Returns a response code.
 *
 * @throws Failure if the text is not a code
 */
export function codeOf(text: string | undefined): string {
  if (text === undefined || !CODE.test(text))
    throw malformed('a response code has characters other than letters, digits, and underscores')
  return text
}
