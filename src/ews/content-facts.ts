/**
 * Facts about the folders and items that a request names, and about the classes that it writes, for profiles.
 *
 * @module
 */

import type { ContentFacts, NamedContent } from '../model/envelope.ts'
import { kindNamed } from '../model/item-kinds.ts'
import type { Tag } from '../xml/tag.ts'
import { itemOfAttachment } from './attachment-id.ts'
import { Distinct } from './distinct.ts'
import { ListedEntries } from './listed-entries.ts'
import {
  ALL_FOLDERS,
  DESTINATION,
  DISTINGUISHED,
  FOLDER_ID_LIKE,
  ITEM_ID,
  SEARCH,
  UPLOADED,
} from './meanings.ts'
import type { Operation } from './operation-row.ts'

/** Maximum number of different folders and items, and of different classes, in a request. */
const MAX_NAMED = 500
const MAX_ID_LENGTH = 2_048
/** Depth of lists in the operation element, and of their entries. */
const LIST_DEPTH = 3
const ENTRY_DEPTH = 4

/** Requests of many IDs that no profile allows in some classes of folders only. Their IDs are not kept. */
const UNCLASSIFIED: ReadonlySet<string> = new Set(['ExportItems', 'UploadItems'])

/** Requests that create the entries of a list, and the elements beside the list. */
const CREATING: ReadonlyMap<string, string> = new Map([
  ['CreateItem', 'SavedItemFolderId'],
  ['CreateFolder', 'ParentFolderId'],
])
/** Elements that make FindItem return groups, each with a value of its items. */
const GROUPING: ReadonlySet<string> = new Set(['DistinguishedGroupBy', 'GroupBy'])
/** Values of MessageDisposition with which a server keeps a stored message. */
const KEEPING: ReadonlySet<string | undefined> = new Set(['SaveOnly', 'SendAndSaveCopy', undefined])
/** Elements whose IDs are those of items. */
const ITEMS: ReadonlySet<string> = new Set([
  'AttachmentId',
  'ItemId',
  'OccurrenceItemId',
  'ParentItemId',
  'RecurringMasterItemId',
  'RecurringMasterItemIdRanges',
  'ReferenceItemId',
])
/**
 * Values of Traversal with which a request finds no hidden items. `SoftDeleted` is not among them, because Exchange
 * then searches the recoverable items of the mailbox, which come from all folders.
 */
const VISIBLE: ReadonlySet<string> = new Set(['Deep', 'Shallow'])
const TRUE: ReadonlySet<string | undefined> = new Set(['true', '1'])
const FALSE: ReadonlySet<string | undefined> = new Set(['false', '0', undefined])
/** Fields of a meeting request that show other appointments of the user. */
const OTHER_MEETINGS: ReadonlySet<string> = new Set([
  'calendar:AdjacentMeetings',
  'calendar:ConflictingMeetings',
])

export class ContentReader {
  readonly #operation: Operation
  readonly #request: string
  // Created when the first value is found, because most requests have few.
  #named: Distinct<NamedContent> | undefined
  #created: Distinct<string> | undefined
  #itemClasses: Distinct<string> | undefined
  #containers: Distinct<string> | undefined
  /** Name of the element beside the list whose entries are created; undefined if the request creates nothing. */
  readonly #besides: string | undefined
  readonly #entries: ListedEntries
  /** Whether {@link openEntry} needs the elements of lists. */
  readonly readsLists: boolean
  #isInList = false
  #unknown = false
  #unknownDestination = false
  #unknownClass = false
  #hidden = false
  #allFolders = false
  #searchFolders = false
  #contacts = false
  #otherMeetings = false
  #allProperties = false
  #deletes = false
  #overwrites = false
  #namesHome = false
  #isWhole = false
  /** Depth of the open element that names where items or folders are put. */
  #destination: number | undefined
  /** Whether that is the element beside the list of new items. */
  #isHome = false

  /** @param request - local name of the operation element */
  constructor(operation: Operation, request: string) {
    this.#operation = operation
    this.#request = request
    this.#besides = CREATING.get(request)
    this.#entries = new ListedEntries(request)
    this.readsLists =
      this.#besides !== undefined || this.#entries.isListed || this.#request === 'FindItem'
  }

  /** Facts so far, without those that other readers know. */
  get facts(): Omit<ContentFacts, 'archives' | 'writesClassProperty' | 'writesState'> {
    return {
      named: this.#named?.values ?? [],
      unknownNames: this.#unknown,
      unknownDestination: this.#unknownDestination,
      entries: this.#entries.values,
      created: this.#created?.values ?? [],
      itemClasses: this.#itemClasses?.values ?? [],
      containers: this.#containers?.values ?? [],
      unknownClass: this.#unknownClass,
      hidden: this.#hidden,
      allFolders: this.#allFolders,
      searchFolders: this.#searchFolders,
      contacts: this.#contacts,
      otherMeetings: this.#otherMeetings,
      allProperties: this.#allProperties,
      deletes: this.#deletes,
      overwrites: this.#overwrites,
      namesHome: this.#namesHome,
      isWhole: this.#isWhole,
    }
  }

  /** Whether the shape of items matters: only GetItem returns other meetings. */
  get readsItems(): boolean {
    return this.#request === 'GetItem'
  }

  /** Reads the start tag of the operation element. */
  begin(tag: Tag): void {
    const traversal = tag.attribute('Traversal')
    this.#hidden = traversal !== undefined && !VISIBLE.has(traversal)
    if (this.#request === 'ResolveNames')
      this.#contacts = tag.attribute('SearchScope') !== 'ActiveDirectory'
    if (this.#request === 'SendItem') this.#deletes = !TRUE.has(tag.attribute('SaveItemToFolder'))
    if (this.#request === 'UpdateItem')
      this.#deletes = !KEEPING.has(tag.attribute('MessageDisposition'))
  }

  /** Begins an element in a request with lists. Returns whether it is an entry that the request creates. */
  openEntry(tag: Tag): boolean {
    const { depth, name } = tag
    if (this.#entries.isListed) {
      this.#entries.open(tag)
      return false
    }
    if (this.#besides === undefined) {
      // The value of a group can be that of items that the client must not see.
      if (depth === LIST_DEPTH && GROUPING.has(name.local)) this.#unknown = true
      return false
    }
    if (depth === LIST_DEPTH) this.#isInList = name.local !== this.#besides
    // A server could also take an item that is not in the list.
    const isEntry =
      depth === LIST_DEPTH ? kindNamed(name.local) !== undefined : this.#isEntry(depth)
    if (isEntry) this.#create(name.local)
    return isEntry
  }

  /** Reads the type that an element has through `xsi:type`. Returns whether it is that of a new entry. */
  openType({ depth }: Tag, local: string, meaning: number): boolean {
    if ((meaning & SEARCH) !== 0) this.#searchFolders = true
    const isEntry = this.#isEntry(depth)
    if (isEntry) this.#create(local)
    return isEntry
  }

  /** Begins an element whose name is in the vocabulary. */
  open(tag: Tag): void {
    const { meaning } = tag.name
    if ((meaning & DESTINATION) !== 0 && this.#destination === undefined) {
      this.#destination = tag.depth
      this.#isHome = tag.depth === LIST_DEPTH && tag.name.local === this.#besides
    }
    if (this.#request === 'UploadItems') this.#openUpload(tag)
    if ((meaning & SEARCH) !== 0) this.#searchFolders = true
    if ((meaning & ALL_FOLDERS) !== 0)
      this.#allFolders ||= !FALSE.has(tag.attribute('SubscribeToAllFolders'))
  }

  close(depth: number): void {
    if (this.#destination === depth) this.#destination = undefined
  }

  /** Ends the operation element. */
  end(): void {
    this.#isWhole = true
  }

  /** Adds the object that an attribute identifies; for an attachment, its item. @param index - index of the attribute in the tag */
  name(tag: Tag, index: number): void {
    if (UNCLASSIFIED.has(this.#request)) return
    this.#named ??= new Distinct(MAX_NAMED)
    const { meaning, local } = tag.name
    const written = tag.value(index)
    const id = local === 'AttachmentId' ? itemOfAttachment(written) : written
    const isDestination = this.#destination !== undefined
    if (isDestination && this.#isHome) this.#namesHome = true
    const kind = kindOf(local, meaning)
    const isKnown = kind !== undefined && id !== undefined && id.length <= MAX_ID_LENGTH
    const content = isKnown ? { kind, id, isDestination } : undefined
    this.#entries.name(tag, content)
    if (content && this.#named.add(`${kind} ${isDestination} ${id}`, content)) return
    this.#unknown = true
    this.#unknownDestination ||= isDestination
  }

  /** Reads a field that a request of an operation with `returnsItems` asks for. */
  readField(tag: Tag): void {
    if (this.#operation.returnsItems === undefined) return
    this.#otherMeetings ||= OTHER_MEETINGS.has(tag.attribute('FieldURI') ?? '')
  }

  /**
   * Receives the beginning of the text of an element.
   *
   * @param isWhole - whether that is the whole text
   */
  take(local: string, text: string, isWhole: boolean): void {
    if (local === 'BaseShape') this.#allProperties ||= text !== 'IdOnly' && text !== 'Default'
    else if (local === 'SyncScope') this.#hidden ||= text !== 'NormalItems'
    else if (!isWhole) this.#unknownClass = true
    else if (local === 'ItemClass') {
      this.#itemClasses ??= new Distinct(MAX_NAMED)
      this.#add(this.#itemClasses, text)
    } else {
      this.#containers ??= new Distinct(MAX_NAMED)
      this.#add(this.#containers, text)
    }
  }

  /** Reads an element of UploadItems. An item without a CreateAction, or with an ID, could replace a stored one. */
  #openUpload(tag: Tag): void {
    const { meaning } = tag.name
    if ((meaning & ITEM_ID) !== 0) this.#overwrites = true
    if ((meaning & UPLOADED) !== 0)
      this.#overwrites ||= tag.attribute('CreateAction') !== 'CreateNew'
  }

  #isEntry(depth: number): boolean {
    return depth === ENTRY_DEPTH && this.#isInList
  }

  #create(local: string): void {
    this.#created ??= new Distinct(MAX_NAMED)
    this.#add(this.#created, local)
  }

  #add(texts: Distinct<string>, text: string): void {
    if (!texts.add(text, text)) this.#unknownClass = true
  }
}

function kindOf(local: string, meaning: number): NamedContent['kind'] | undefined {
  if ((meaning & DISTINGUISHED) !== 0) return 'distinguished'
  if (ITEMS.has(local)) return 'item'
  return (meaning & FOLDER_ID_LIKE) === 0 ? undefined : 'folder'
}
