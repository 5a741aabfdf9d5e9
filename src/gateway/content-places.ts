/**
 * Finds the place of a folder: the visible root that it is, or that contains it.
 *
 * @module
 */

import type { FoundFolder } from '../ews/stored-folder.ts'
import type { StoredFolder } from '../model/stored-content.ts'
import type { Kept, Origin } from './content-memory.ts'

/** Maximum number of folders from a folder up to a visible root, and so of requests for the folders of a request. */
export const MAX_DEPTH = 16

/** A folder, and the ID of the visible root that it is, or that contains it. */
export type Placed = StoredFolder & Readonly<{ root: string }>

/** Folders of a response, and what is known about others. */
type Surroundings = Readonly<{
  found: ReadonlyMap<string, FoundFolder>
  asking: Origin
  isRoot: (id: string) => boolean
  placed: (id: string) => Kept<Placed> | undefined
}>

/**
 * Returns a folder with the visible root that it is, or that contains it; undefined if there is none, or if the folder
 * or one that contains it is of another type than folders with items of their own. It is as old as the oldest response
 * that it depends on.
 */
export function placeOf(
  id: string,
  { found, asking, isRoot, placed }: Surroundings,
): Kept<Placed> | undefined {
  const container = found.get(id)?.container ?? ''
  let isHidden = false
  let above: string | undefined = id
  for (let depth = 0; above !== undefined && depth < MAX_DEPTH; depth += 1) {
    const known = placed(above)
    if (known !== undefined) {
      const value = { ...known.value, container, isHidden: isHidden || known.value.isHidden }
      // Another lookup can have asked later than this one.
      const at = Math.min(known.at, asking.at)
      return { value, at, changes: Math.min(known.changes, asking.changes) }
    }
    const folder = found.get(above)
    if (folder?.isGeneric !== true) return undefined
    isHidden ||= folder.isHidden
    const root = [folder.id, folder.parentId].find(one => one !== undefined && isRoot(one))
    if (root !== undefined) return { ...asking, value: { container, isHidden, root } }
    above = folder.parentId
  }
  return undefined
}
