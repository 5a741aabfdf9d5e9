/**
 * Writes folders in responses, with the requested properties.
 *
 * @module
 */

import { extendedKey, readPath } from './properties.ts'
import { folderId } from './references.ts'
import type { Folder } from './store.ts'
import { isTrue, t, type XmlElement } from './xml.ts'

/** Properties that a request asks for. */
export type FolderShape = Readonly<{ names: ReadonlySet<string>; extended: readonly string[] }>

const DEFAULTS = ['FolderId', 'DisplayName', 'TotalCount', 'ChildFolderCount', 'UnreadCount']

/** All properties in the schema's order. */
const ALL = [
  ...'FolderId ParentFolderId FolderClass DisplayName TotalCount ChildFolderCount'.split(' '),
  ...'EffectiveRights PermissionSet DistinguishedFolderId UnreadCount'.split(' '),
]

/** Reads a FolderShape. Without one, the response contains only IDs. */
export function readFolderShape(shape: XmlElement | undefined): FolderShape {
  const base = shape?.textAt('BaseShape') ?? 'IdOnly'
  const paths = (shape?.listAt('AdditionalProperties') ?? [])
    .map(readPath)
    .filter(path => path !== undefined)
  const named = paths.filter(path => path.kind === 'property').map(({ name }) => name)
  const basis = base === 'AllProperties' ? ALL.filter(name => name !== 'PermissionSet') : DEFAULTS
  return {
    names: new Set(['FolderId', ...(base === 'IdOnly' ? [] : basis), ...named]),
    extended: paths.filter(path => path.kind === 'extended').map(({ key }) => key),
  }
}

/** Returns the folder's element with the properties that the shape asks for. */
export const folderElement = (folder: Folder, shape: FolderShape): XmlElement =>
  t(
    folderKind(folder),
    ALL.filter(name => shape.names.has(name)).map(name => folderProperty(folder, name)),
    shape.extended.map(
      key => folder.properties.get(key) ?? (key === TYPE_KEY ? typeOf(folder) : undefined),
    ),
  )

/** The MAPI property with the type of a folder. */
const TYPE = t('ExtendedFieldURI', { PropertyTag: '0x3601', PropertyType: 'Integer' })
const TYPE_KEY = extendedKey(TYPE)

/** Returns the type as a property: 0 for a root, 1 for a folder with items of its own, 2 for a search folder. */
function typeOf({ parent }: Folder): XmlElement {
  const type = parent === undefined ? '0' : isSearch(parent) ? '2' : '1'
  return t('ExtendedProperty', TYPE, t('Value', type))
}

const isSearch = ({ distinguishedId, parent }: Folder): boolean =>
  distinguishedId === 'searchfolders' || (parent !== undefined && isSearch(parent))

const KINDS: Readonly<Record<string, string>> = {
  'IPF.Appointment': 'CalendarFolder',
  'IPF.Contact': 'ContactsFolder',
  'IPF.Task': 'TasksFolder',
}

/** Returns the element name, such as `Folder` or `CalendarFolder`. */
export const folderKind = ({ folderClass }: Folder): string =>
  Object.entries(KINDS).find(([prefix]) => folderClass.startsWith(prefix))?.[1] ?? 'Folder'

/** Returns a property of a folder, or undefined if it has none with that name. */
export const folderProperty = (folder: Folder, name: string): XmlElement | undefined =>
  Object.hasOwn(COMPUTED, name) ? COMPUTED[name]?.(folder) : folder.properties.get(name)

const COMPUTED: Readonly<Record<string, (folder: Folder) => XmlElement | undefined>> = {
  FolderId: folder => folderId(folder),
  ParentFolderId: ({ parent }) => parent && folderId(parent, 'ParentFolderId'),
  FolderClass: ({ folderClass }) =>
    folderClass === '' ? undefined : t('FolderClass', folderClass),
  DisplayName: ({ displayName }) => t('DisplayName', displayName),
  TotalCount: ({ items }) => t('TotalCount', String(normalItems(items))),
  ChildFolderCount: folder => t('ChildFolderCount', String(folder.store.childrenOf(folder).length)),
  EffectiveRights: () => RIGHTS,
  DistinguishedFolderId: ({ distinguishedId }) =>
    distinguishedId === undefined ? undefined : t('DistinguishedFolderId', distinguishedId),
  // Omitted for calendars, contacts, and tasks, as in the schema.
  UnreadCount: folder =>
    folderKind(folder) === 'Folder' ? t('UnreadCount', String(unread(folder))) : undefined,
}

const RIGHTS = t(
  'EffectiveRights',
  [
    ...'CreateAssociated CreateContents CreateHierarchy Delete Modify Read'.split(' '),
    'ViewPrivateItems',
  ].map(right => t(right, 'true')),
)

const normalItems = (items: Folder['items']) =>
  [...items.values()].filter(({ isAssociated }) => !isAssociated).length

const unread = ({ items }: Folder) =>
  [...items.values()].filter(
    ({ kind, properties, isAssociated }) =>
      !isAssociated &&
      (kind === 'Message' || kind.startsWith('Meeting')) &&
      !isTrue(properties.get('IsRead')?.text),
  ).length
