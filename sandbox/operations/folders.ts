/**
 * GetFolder, FindFolder, CreateFolder, UpdateFolder, MoveFolder, EmptyFolder, DeleteFolder.
 *
 * @module
 */

import { ResponseError } from '../fault.ts'
import { folderElement, folderKind, folderProperty, readFolderShape } from '../folder-shape.ts'
import { findFolder, folderIn } from '../locate.ts'
import { pageOf } from '../paging.ts'
import { extendedEntry, readPath } from '../properties.ts'
import { folderId } from '../references.ts'
import { readRestriction, type Source } from '../restriction.ts'
import { type Folder, MailStore } from '../store.ts'
import { isTrue, m, t, type XmlElement } from '../xml.ts'
import { type Operation, respond } from './operation.ts'

const IDS = readFolderShape(undefined)
const NO_FOLDERS = [m('Folders')]

/** Returns folders by ID. */
export const getFolder: Operation = call => {
  const shape = readFolderShape(call.request.child('FolderShape'))
  return respond(
    'GetFolder',
    call.request.listAt('FolderIds'),
    id => [m('Folders', folderElement(findFolder(call, id), shape))],
    NO_FOLDERS,
  )
}

/** Lists the folders below others. */
export const findFolders: Operation = call => {
  const { request } = call
  const shape = readFolderShape(request.child('FolderShape'))
  return respond('FindFolder', request.listAt('ParentFolderIds'), id => {
    const parent = findFolder(call, id)
    const test = readRestriction(request.child('Restriction'))
    const found = descendants(parent, request.attribute('Traversal') ?? 'Shallow')
    const page = pageOf(
      request,
      found.filter(folder => test(sourceOf(folder))),
    )
    const folders = page.entries.map(folder => folderElement(folder, shape))
    return [m('RootFolder', page.attributes, t('Folders', folders))]
  })
}

/** Returns the values of a folder for restrictions. */
const sourceOf = (folder: Folder): Source => ({
  property: name => folderProperty(folder, name),
  extended: key => folder.properties.get(key),
})

/** Returns the folders below a folder, each before its children. */
function descendants(parent: Folder, traversal: string): readonly Folder[] {
  if (traversal === 'SoftDeleted') return []
  const children = parent.store.childrenOf(parent)
  if (traversal !== 'Deep') return children
  return children.flatMap(child => [child, ...descendants(child, traversal)])
}

const DEFAULT_CLASSES: Readonly<Record<string, string>> = {
  CalendarFolder: 'IPF.Appointment',
  ContactsFolder: 'IPF.Contact',
  TasksFolder: 'IPF.Task',
}

/** Creates folders. Their names are unique among siblings. */
export const createFolder: Operation = call =>
  respond(
    'CreateFolder',
    call.request.listAt('Folders'),
    element => {
      const parent = folderIn(call, call.request.child('ParentFolderId'))
      const name = element.textAt('DisplayName') ?? ''
      rejectTaken(parent, name)
      const folderClass =
        element.textAt('FolderClass') ?? DEFAULT_CLASSES[element.name] ?? 'IPF.Note'
      const folder = parent.store.addFolder(parent, name, folderClass)
      keep(folder, element.children)
      return [m('Folders', folderElement(folder, IDS))]
    },
    NO_FOLDERS,
  )

function rejectTaken(parent: Folder, name: string) {
  const taken = parent.store
    .childrenOf(parent)
    .some(child => child.displayName.toLowerCase() === name.toLowerCase())
  if (taken) throw new ResponseError('ErrorFolderExists')
}

/** Stores the properties in a folder's element, except its name and class. */
function keep(folder: Folder, properties: readonly XmlElement[]) {
  for (const property of properties) {
    if (property.name === 'ExtendedProperty') folder.properties.set(...extendedEntry(property))
    else if (property.name === 'DisplayName') folder.displayName = property.text
    else if (property.name === 'FolderClass') folder.folderClass = property.text
    else folder.properties.set(property.name, property)
  }
}

/** Sets and deletes properties of folders. */
export const updateFolder: Operation = call =>
  respond(
    'UpdateFolder',
    call.request.listAt('FolderChanges'),
    change => {
      const folder = findFolder(call, change.children[0])
      for (const update of change.listAt('Updates')) apply(folder, update)
      folder.store.touchFolder(folder)
      return [m('Folders', folderElement(folder, IDS))]
    },
    NO_FOLDERS,
  )

function apply(folder: Folder, update: XmlElement) {
  const [field, element] = update.children
  const path = readPath(field)
  if (path === undefined) throw new ResponseError('ErrorInvalidPropertySet')
  if (update.name === 'DeleteFolderField')
    folder.properties.delete(path.kind === 'extended' ? path.key : path.name)
  else keep(folder, element?.children ?? [])
}

/** Moves folders within their store. */
export const moveFolder: Operation = call =>
  respond(
    'MoveFolder',
    call.request.listAt('FolderIds'),
    id => {
      const target = folderIn(call, call.request.child('ToFolderId'))
      const folder = findFolder(call, id)
      if (folder.store !== target.store || isWithin(target, folder))
        throw new ResponseError('ErrorMoveCopyFailed')
      rejectTaken(target, folder.displayName)
      folder.store.moveFolder(folder, target)
      return [m('Folders', t(folderKind(folder), folderId(folder)))]
    },
    NO_FOLDERS,
  )

const isWithin = (folder: Folder | undefined, other: Folder): boolean =>
  folder !== undefined && (folder === other || isWithin(folder.parent, other))

/** Deletes the content of folders. */
export const emptyFolder: Operation = call =>
  respond('EmptyFolder', call.request.listAt('FolderIds'), id => {
    const folder = findFolder(call, id)
    const type = call.request.attribute('DeleteType') ?? 'HardDelete'
    for (const item of [...folder.items.values()]) {
      const target = bin(folder.store, type)
      if (target === undefined || target === folder) folder.store.removeItem(item)
      else MailStore.moveItem(item, target)
    }
    if (isTrue(call.request.attribute('DeleteSubFolders')))
      for (const child of folder.store.childrenOf(folder)) folder.store.removeFolder(child)
    return []
  })

/** Deletes folders, except those that every mailbox has. */
export const deleteFolder: Operation = call =>
  respond('DeleteFolder', call.request.listAt('FolderIds'), id => {
    const folder = findFolder(call, id)
    if (folder.distinguishedId !== undefined)
      throw new ResponseError('ErrorDeleteDistinguishedFolder')
    const target = bin(folder.store, call.request.attribute('DeleteType') ?? 'HardDelete')
    if (target === undefined || isWithin(folder.parent, target)) folder.store.removeFolder(folder)
    else folder.store.moveFolder(folder, target)
    return []
  })

/** Returns the folder for deleted objects, or undefined if they are deleted permanently. */
export function bin(store: MailStore, deleteType: string): Folder | undefined {
  const prefix = store.isArchive ? 'archive' : ''
  if (deleteType === 'MoveToDeletedItems') return store.distinguished(`${prefix}deleteditems`)
  if (deleteType === 'SoftDelete') return store.distinguished(`${prefix}recoverableitemsdeletions`)
  return undefined
}
