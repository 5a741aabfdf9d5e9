/**
 * SyncFolderHierarchy and SyncFolderItems.
 *
 * @module
 */

import { ResponseError } from '../fault.ts'
import { folderElement, readFolderShape } from '../folder-shape.ts'
import { itemElement, readItemShape } from '../item-shape.ts'
import { folderIn } from '../locate.ts'
import { distinguishedFolder } from '../mailbox.ts'
import { folderIdText, itemId, itemIdText } from '../references.ts'
import type { Folder, Item } from '../store.ts'
import { type Change, changesSince } from '../sync.ts'
import { m, t, type XmlElement } from '../xml.ts'
import { type Call, type Operation, respondOnce } from './operation.ts'

/** Maximum number of changes in a response, as in Exchange. */
const MAX_CHANGES = 512

/** Returns the changes of folders below another one since a SyncState. */
export const syncFolderHierarchy: Operation = call => {
  const { request } = call
  const shape = readFolderShape(request.child('FolderShape'))
  return respondOnce('SyncFolderHierarchy', () => {
    const root = hierarchyRoot(call)
    const { store } = root
    const live = [...store.folders.values()].filter(folder => isBelow(folder, root))
    const { changes, syncState, includesLast } = changesSince(
      `h${root.counter}@${store.guid}`,
      request.textAt('SyncState'),
      store.change,
      live,
      store.tombstones,
      Number.MAX_SAFE_INTEGER,
    )
    return [
      m('SyncState', syncState),
      m('IncludesLastFolderInRange', String(includesLast)),
      m(
        'Changes',
        changes.map(change => folderChange(root, change, shape)),
      ),
    ]
  })
}

function hierarchyRoot(call: Call): Folder {
  const named = call.request.child('SyncFolderId')
  if (named !== undefined) return folderIn(call, named)
  const root = distinguishedFolder(call.actor, 'msgfolderroot')
  if (root === undefined) throw new ResponseError('ErrorFolderNotFound')
  return root
}

const isBelow = ({ parent }: Folder, root: Folder): boolean =>
  parent !== undefined && (parent === root || isBelow(parent, root))

function folderChange(
  root: Folder,
  change: Change<Folder>,
  shape: ReturnType<typeof readFolderShape>,
): XmlElement {
  if (change.kind !== 'Delete') return t(change.kind, folderElement(change.entry, shape))
  const id = folderIdText({ store: root.store, counter: change.counter })
  return t('Delete', t('FolderId', { Id: id }))
}

/** Returns the changes of a folder's items since a SyncState. */
export const syncFolderItems: Operation = call => {
  const { request } = call
  const shape = readItemShape(request.child('ItemShape'))
  return respondOnce('SyncFolderItems', () => {
    const folder = folderIn(call, request.child('SyncFolderId'))
    const max = Number(request.textAt('MaxChangesReturned') ?? 0)
    if (!(max >= 1 && max <= MAX_CHANGES)) throw new ResponseError('ErrorInvalidOperation')
    const ignored = new Set(request.listAt('Ignore').map(id => id.attribute('Id')))
    const associated = request.textAt('SyncScope') === 'NormalAndAssociatedItems'
    const live = [...folder.items.values()].filter(item => associated || !item.isAssociated)
    const { changes, syncState, includesLast } = changesSince(
      `i${folder.counter}@${folder.store.guid}`,
      request.textAt('SyncState'),
      folder.store.change,
      live,
      folder.tombstones,
      max,
    )
    return [
      m('SyncState', syncState),
      m('IncludesLastItemInRange', String(includesLast)),
      m(
        'Changes',
        changes
          .filter(change => !ignored.has(changedId(folder, change)))
          .map(change => itemChange(folder, change, shape)),
      ),
    ]
  })
}

const changedId = (folder: Folder, change: Change<Item>): string =>
  change.kind === 'Delete'
    ? itemIdText({ folder, counter: change.counter })
    : (itemId(change.entry).attribute('Id') ?? '')

function itemChange(
  folder: Folder,
  change: Change<Item>,
  shape: ReturnType<typeof readItemShape>,
): XmlElement {
  if (change.kind === 'Delete') return t('Delete', t('ItemId', { Id: changedId(folder, change) }))
  const { entry } = change
  if (change.kind !== 'ReadFlagChange') return t(change.kind, itemElement(entry, shape, 'list'))
  const isRead = entry.properties.get('IsRead')?.text ?? 'false'
  return t('ReadFlagChange', itemId(entry), t('IsRead', isRead))
}
