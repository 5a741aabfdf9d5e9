/**
 * Finds the items and folders of a list in a response, and leaves out those that must not be in it.
 *
 * @module
 */

import type { Name } from '../xml/names.ts'
import type { Tag } from '../xml/tag.ts'
import { TextBuffer } from '../xml/text.ts'
import type { ByteCuts } from './byte-cuts.ts'
import type { ResponseParts } from './response-parts.ts'

/** An item or a folder of a list. It has only those properties that the client asked for. */
export type ListedElement = Readonly<{
  /** Local name of its element. */
  element: string
  itemClass?: string
  container?: string
}>

/** Whether an item or folder of a list stays in a response. */
export type Keeps = (listed: ListedElement) => boolean

/** Maximum size of a class in bytes. A longer one is unknown. */
const MAX_CLASS_BYTES = 1_024
/** Elements with the items or folders of a list, each as a child, and the elements that contain them. */
const LISTS: ReadonlySet<string> = new Set(['Folders', 'Items'])
const PARENTS: ReadonlySet<string> = new Set(['GroupedItems', 'RootFolder'])
/** Elements with one item or folder. They are left out with it. */
const CHANGES: ReadonlySet<string> = new Set(['Create', 'Update'])

/** An item or folder that has begun. */
type Open = {
  /** Offset of the first byte to leave out, and depth of the element to leave out. */
  from: number
  outer: number
  /** Depth and local name of the item or folder; undefined before it begins. */
  depth: number | undefined
  element: string
  /** Whether it stays; undefined before that is known. */
  stays: boolean | undefined
}

export class ListedParts implements ResponseParts {
  count = 0
  readonly #keeps: Keeps
  readonly #cuts: ByteCuts
  /** Local names of the open elements. */
  readonly #path: string[] = []
  #open: Open | undefined
  #class: TextBuffer | undefined

  constructor(keeps: Keeps, cuts: ByteCuts) {
    this.#keeps = keeps
    this.#cuts = cuts
  }

  get heldFrom(): number | undefined {
    return this.#open?.stays === undefined ? this.#open?.from : undefined
  }

  decideNow(): void {
    if (this.#open !== undefined) this.#decide(this.#open, {})
  }

  open({ depth, name: { local }, start }: Tag): void {
    this.#path.length = depth
    this.#path.push(local)
    if (this.#open !== undefined) {
      this.#openInside(this.#open, depth, local)
      return
    }
    const [above, parent] = this.#path.slice(-3) as [string?, string?]
    if (parent === undefined) return
    if (parent === 'Changes' && CHANGES.has(local)) this.#begin(start, depth, undefined, '')
    else if (LISTS.has(parent) && PARENTS.has(above ?? '')) this.#begin(start, depth, depth, local)
  }

  close(_name: Name, depth: number, end: number): void {
    const open = this.#open
    if (open === undefined) return
    if (this.#class !== undefined && depth === (open.depth ?? 0) + 1) this.#closeClass(open)
    if (depth !== open.outer) return
    this.#decide(open, {})
    if (open.stays === false) this.#cuts.end(end)
    this.#open = undefined
  }

  text(bytes: Uint8Array, from: number, to: number): void {
    this.#class?.add(bytes, from, to)
  }

  reference(character: string): void {
    this.#class?.addCharacter(character)
  }

  comment(): void {}

  end(): void {}

  #begin(from: number, outer: number, depth: number | undefined, element: string): void {
    this.#open = { from, outer, depth, element, stays: undefined }
  }

  #openInside(open: Open, depth: number, local: string): void {
    if (open.stays !== undefined) return
    if (open.depth === undefined) {
      open.depth = depth
      open.element = local
    } else if (depth === open.depth + 1 && (local === 'ItemClass' || local === 'FolderClass'))
      this.#class = new TextBuffer(MAX_CLASS_BYTES)
  }

  #closeClass(open: Open): void {
    const text = this.#class?.take() ?? 'unknown'
    this.#class = undefined
    this.#decide(
      open,
      this.#path.at(-1) === 'ItemClass' ? { itemClass: text } : { container: text },
    )
  }

  #decide(open: Open, classes: Omit<ListedElement, 'element'>): void {
    if (open.stays !== undefined) return
    open.stays = this.#keeps({ element: open.element, ...classes })
    if (open.stays) return
    this.count += 1
    this.#cuts.begin(open.from)
  }
}
