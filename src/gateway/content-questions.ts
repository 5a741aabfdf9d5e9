/**
 * Requests of the gateway about the classes and places of folders and items.
 *
 * @module
 */

import { escapeXml } from '../xml/text.ts'

/**
 * Distinguished folders that contain only folders that users see: the roots of mailbox and archive. The others are
 * often open to users who can't open the root of the mailbox.
 */
export const VISIBLE_ROOTS = [
  'msgfolderroot',
  'archivemsgfolderroot',
  'calendar',
  'contacts',
  'inbox',
  'notes',
  'tasks',
] as const

/** Distinguished folders that the gateway asks for in each mailbox. */
export const NAMED_FOLDERS = [...VISIBLE_ROOTS, 'drafts'] as const

const field = (name: string): string => `<t:FieldURI FieldURI="${name}"/>`
const property = (tag: string, type: string): string =>
  `<t:ExtendedFieldURI PropertyTag="${tag}" PropertyType="${type}"/>`
const shape = (name: string, ...properties: readonly string[]): string =>
  `<m:${name}><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>${properties.join('')}` +
  `</t:AdditionalProperties></m:${name}>`

const ITEM_SHAPE = shape(
  'ItemShape',
  ...['ItemClass', 'ParentFolderId', 'IsDraft', 'IsAssociated'].map(name => field(`item:${name}`)),
)
const FOLDER_SHAPE = shape(
  'FolderShape',
  ...['FolderClass', 'ParentFolderId'].map(name => field(`folder:${name}`)),
  property('0x10F4', 'Boolean'),
  property('0x3601', 'Integer'),
)

const elements = (name: string, ids: readonly string[]): string =>
  ids.map(id => `<t:${name} Id="${escapeXml(id)}"/>`).join('')

/** Returns the named folders of a mailbox; of the impersonated user's mailbox without an address. */
function namedIn(address: string | undefined): string {
  if (address === undefined) return elements('DistinguishedFolderId', NAMED_FOLDERS)
  const mailbox = `<t:Mailbox><t:EmailAddress>${escapeXml(address)}</t:EmailAddress></t:Mailbox>`
  return NAMED_FOLDERS.map(
    name => `<t:DistinguishedFolderId Id="${name}">${mailbox}</t:DistinguishedFolderId>`,
  ).join('')
}

/** Returns a request for the classes and folders of items. */
export const getItem = (ids: readonly string[]): string =>
  `<m:GetItem>${ITEM_SHAPE}<m:ItemIds>${elements('ItemId', ids)}</m:ItemIds></m:GetItem>`

/**
 * Returns a request for the classes and places of folders, and for the named folders of mailboxes.
 *
 * @param mailboxes - addresses; undefined: the mailbox of the impersonated user
 */
export const getFolder = (
  ids: readonly string[],
  mailboxes: readonly (string | undefined)[],
): string =>
  `<m:GetFolder>${FOLDER_SHAPE}<m:FolderIds>${elements('FolderId', ids)}` +
  `${mailboxes.map(namedIn).join('')}</m:FolderIds></m:GetFolder>`
