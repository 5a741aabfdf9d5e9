/**
 * Learns the classes of folders and items from one response to a client.
 *
 * A response has only the properties that the client asked for. If it doesn't say whether a folder is hidden or a search
 * folder, the folder counts as one that users see, unless its element is that of a search folder. If it has no class, the
 * element decides where it is that of one class only.
 *
 * @module
 */

import type { ShownContent } from '../ews/response-message.ts'
import type { FoundFolder, ShownFolder } from '../ews/stored-folder.ts'
import type { ShownItem } from '../ews/stored-item.ts'
import type { Organization, User } from '../model/identity.ts'
import type { ContentMemory, Kept, Origin } from './content-memory.ts'
import { type Placed, placeOf } from './content-places.ts'
import { folderNamed, isVisible, type ShownRequest } from './shown-request.ts'

/** Maximum length of an ID. Requests with longer ones have no class. */
const MAX_ID_LENGTH = 2_048
/** Container classes by elements that folders of no other class have. Contacts have the element of hidden folders. */
const CONTAINERS: ReadonlyMap<string, string> = new Map([
  ['CalendarFolder', 'IPF.Appointment'],
  ['TasksFolder', 'IPF.Task'],
])
/** Item classes by elements. Servers write items of unknown classes as Item or Message. */
const ITEM_CLASSES: ReadonlyMap<string, string> = new Map([
  ['CalendarItem', 'IPM.Appointment'],
  ['Contact', 'IPM.Contact'],
  ['DistributionList', 'IPM.DistList'],
  ['MeetingCancellation', 'IPM.Schedule.Meeting.Canceled'],
  ['MeetingMessage', 'IPM.Schedule.Meeting'],
  ['MeetingRequest', 'IPM.Schedule.Meeting.Request'],
  ['MeetingResponse', 'IPM.Schedule.Meeting.Resp'],
  ['Message', 'IPM.Note'],
  ['PostItem', 'IPM.Post'],
  ['Task', 'IPM.Task'],
])
/** Estimated memory of a folder in addition to its texts. */
const FOLDER_BYTES = 512
/** ID of the place that contains all folders of a list. No server has it. */
const LISTED = ''

/** An item, with the ID of its folder, or the distinguished name of the folder. */
export type ShownPlace = Readonly<{
  folder: Readonly<{ kind: 'folder' | 'distinguished'; id: string }>
  itemClass: string
  isAssociated: boolean
}>
/** Values of {@link ShownMemory}, by their kind. */
export type ShownValues = { folder: Placed; item: ShownPlace; root: true }
/** Folders and items that responses showed, and the IDs of distinguished folders that users see. */
export type ShownMemory = ContentMemory<ShownValues>

/** Impersonated user of the request, and the origin of the response. */
type Asked = Origin & Readonly<{ served: Readonly<{ organization: Organization }>; user: User }>
type Found = FoundFolder & Readonly<{ isKnown: boolean }>

export class ShownResponse implements ShownContent {
  readonly operation: ShownRequest['operation']
  readonly #memory: ShownMemory
  readonly #asked: Asked
  readonly #request: ShownRequest
  /** Folders so far. Their places are found when the response has ended, because a parent can follow its child. */
  readonly #folders = new Map<string, Found>()
  #bytes = 0
  /** IDs of distinguished folders that users see. */
  readonly #visible = new Set<string>()

  constructor(memory: ShownMemory, asked: Asked, request: ShownRequest) {
    this.operation = request.operation
    this.#memory = memory
    this.#asked = asked
    this.#request = request
  }

  /** Bytes that the folders use until the end, about. */
  get bytes(): number {
    return this.#bytes
  }

  folder(shown: ShownFolder, message: number): void {
    const { id, parentId, element, isGeneric, isHidden } = shown
    if (id.length > MAX_ID_LENGTH || (parentId?.length ?? 0) > MAX_ID_LENGTH) return
    const entry = this.#request.entries[message]
    const name = entry?.kind === 'distinguished' ? entry.id : undefined
    if (name !== undefined && isVisible(name)) this.#visible.add(id)
    const container =
      shown.container ?? CONTAINERS.get(element) ?? (name && folderNamed(name)?.container)
    this.#folders.set(id, {
      id,
      parentId,
      container: container ?? '',
      isKnown: container !== undefined,
      isGeneric: isGeneric ?? element !== 'SearchFolder',
      isHidden: isHidden ?? this.#find('folder', id)?.value.isHidden ?? false,
    })
    this.#bytes += FOLDER_BYTES + id.length + (parentId?.length ?? 0) + (container?.length ?? 0)
  }

  item({ id, element, ...shown }: ShownItem): void {
    if (id.length > MAX_ID_LENGTH || (shown.folderId?.length ?? 0) > MAX_ID_LENGTH) return
    const known = this.#find('item', id)?.value
    const itemClass = shown.itemClass ?? known?.itemClass ?? ITEM_CLASSES.get(element)
    const folder = this.#folderOf(shown.folderId) ?? known?.folder
    if (itemClass === undefined || folder === undefined) return
    const isAssociated = shown.isAssociated ?? known?.isAssociated ?? false
    this.#keep('item', id, { ...this.#asked, value: { folder, itemClass, isAssociated } })
  }

  /** Remembers the folders. Call it at the end of the response. */
  end(): void {
    for (const id of this.#visible) this.#keep('root', id, { ...this.#asked, value: true })
    const found = this.#listsVisible ? this.#withPlace() : this.#folders
    const surroundings = {
      found,
      asking: this.#asked,
      isRoot: (id: string) => this.#isRoot(id),
      placed: (id: string) => (found.has(id) ? undefined : this.#find('folder', id)),
    }
    for (const [id, { isKnown }] of this.#folders) {
      const kept = isKnown ? placeOf(id, surroundings) : undefined
      if (kept !== undefined) this.#keep('folder', id, kept)
    }
  }

  /** Whether all folders of the response are below folders that users see. */
  get #listsVisible(): boolean {
    const { listed } = this.#request
    return (
      listed.length > 0 &&
      listed.every(({ kind, id }) =>
        kind === 'distinguished'
          ? isVisible(id)
          : this.#find('folder', id)?.value.isHidden === false,
      )
    )
  }

  /** Returns the folders, each below its parent if that is in the response or known, or else below the listed folders. */
  #withPlace(): ReadonlyMap<string, FoundFolder> {
    const hasPlace = (id: string | undefined) =>
      id !== undefined && (this.#folders.has(id) || this.#find('folder', id) !== undefined)
    return new Map(
      [...this.#folders].map(([id, folder]) => [
        id,
        hasPlace(folder.parentId) ? folder : { ...folder, parentId: LISTED },
      ]),
    )
  }

  #isRoot(id: string): boolean {
    return id === LISTED || this.#visible.has(id) || this.#find('root', id) !== undefined
  }

  /** Returns the folder of an item: the one in the response, or else the only one that the request lists. */
  #folderOf(id: string | undefined): ShownPlace['folder'] | undefined {
    if (id !== undefined) return { kind: 'folder', id }
    const [listed, ...others] = this.#request.listed
    if (listed === undefined || listed.kind === 'item' || others.length > 0) return undefined
    return { kind: listed.kind, id: listed.id }
  }

  #find<K extends keyof ShownValues>(kind: K, id: string): Kept<ShownValues[K]> | undefined {
    const { served, user } = this.#asked
    return this.#memory.find(served, user, kind, id)
  }

  #keep<K extends keyof ShownValues>(kind: K, id: string, kept: Kept<ShownValues[K]>): void {
    this.#memory.keep(this.#asked, kind, id, kept)
  }
}
