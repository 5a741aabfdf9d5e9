/**
 * Collects the content of a response about one folder: its class and its place.
 *
 * @module
 */

import type { Tag } from '../xml/tag.ts'
import { isAmong, type PropertyIds, propertyOf } from './property.ts'
import type { Role } from './response-shape.ts'

/** A folder in a response. */
export type FoundFolder = Readonly<{
  id: string
  /** Absent for the root of a mailbox. */
  parentId: string | undefined
  /** Container class. Empty if the folder has none. */
  container: string
  /** Whether the response says that the folder contains items of its own, unlike a search folder or a root. */
  isGeneric: boolean
  /** Whether the folder is hidden from users. */
  isHidden: boolean
}>

/** A folder in a response to a client, with what the client asked for. */
export type ShownFolder = Readonly<{
  id: string
  /** Local name of its element. */
  element: string
  parentId: string | undefined
  container: string | undefined
  isGeneric: boolean | undefined
  isHidden: boolean | undefined
}>

/** ID of the property that tells whether a folder is hidden. */
const HIDDEN: ReadonlySet<number> = new Set([0x10f4])
/** ID of the property with the type of a folder, and the value of a folder with items of its own. */
const TYPE: ReadonlySet<number> = new Set([0x3601])
const GENERIC_TYPE = '1'

export class FolderDraft {
  readonly #element: string
  #id: string | undefined
  #parentId: string | undefined
  /** Undefined until the response contains the class. */
  #container: string | undefined
  /** Undefined until the response contains the type. */
  #isGeneric: boolean | undefined
  /** Undefined until the response contains it. */
  #isHidden: boolean | undefined
  #property: PropertyIds

  /** @param element - local name of the folder's element */
  constructor(element: string) {
    this.#element = element
    if (element === 'SearchFolder') this.#isGeneric = false
  }

  /** The folder; undefined if the response has neither its class nor its place. */
  get folder(): FoundFolder | undefined {
    if (this.#id === undefined) return undefined
    const container = this.#container ?? ''
    if (this.#parentId === undefined && container === '') return undefined
    return {
      id: this.#id,
      parentId: this.#parentId,
      container,
      isGeneric: this.#isGeneric === true,
      isHidden: this.#isHidden === true,
    }
  }

  /** The folder as a client sees it; undefined if it has no ID. */
  get shown(): ShownFolder | undefined {
    if (this.#id === undefined) return undefined
    return {
      id: this.#id,
      element: this.#element,
      parentId: this.#parentId,
      container: this.#container,
      isGeneric: this.#isGeneric,
      isHidden: this.#isHidden,
    }
  }

  /** Receives the start tag of an element with a role. */
  open(role: Role, tag: Tag): void {
    if (role === 'folder') this.#id = tag.attribute('Id')
    else if (role === 'parent') this.#parentId = tag.attribute('Id')
    else this.#property = role === 'property' ? propertyOf(tag) : undefined
  }

  /** Receives the end of an element with a role, and its text; undefined if the text is not plain. */
  close(role: Role, text: string | undefined): void {
    if (role === 'container-class') this.#container = text ?? ''
    if (role !== 'property-value') return
    if (isAmong(HIDDEN, this.#property))
      this.#isHidden = this.#isHidden === true || (text !== 'false' && text !== '0')
    if (isAmong(TYPE, this.#property))
      this.#isGeneric =
        text === GENERIC_TYPE && this.#property !== 'any' && this.#isGeneric !== false
  }
}
