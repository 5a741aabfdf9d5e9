/**
 * Elements that can name a mailbox other than the impersonated user's, and names that look like those of such elements.
 *
 * @module
 */

import { type Operation, own, type Selector } from './operation-row.ts'
import { OPERATIONS } from './operations.ts'

/** `DistinguishedFolderId/Mailbox` and similar elements, in every operation. */
export const FOLDER_MAILBOX: Selector = own('Mailbox', 'EmailAddress')

/** Sender of an item that is sent in the same request. */
export const SENDERS: Selector = { element: '', child: 'EmailAddress', allowed: 'sender' }

/**
 * Names from all rows of the operation table: of elements that name a mailbox, of elements that contain its
 * address, and of other known elements.
 */
export const SELECTOR_WORDS = wordsOf(Object.values(OPERATIONS))

function wordsOf(rows: readonly Operation[]) {
  const selectors = rows.flatMap(row => row.selectors ?? [])
  return {
    elements: selectors.map(({ element }) => element),
    children: selectors.flatMap(({ child }) => child ?? []),
    known: rows.flatMap(({ names }) => [...names]),
  }
}

/** Distinguished folders that are not in a user's mailbox. */
const FOLDERS_ELSEWHERE: ReadonlySet<string> = new Set([
  'publicfoldersroot',
  'adminauditlogs',
  'directory',
])

/** Pattern of distinguished folder names. A lenient server could read other text as an ID. */
const FOLDER_NAME = /^[A-Za-z]{1,48}$/

/**
 * Returns whether a distinguished folder is in the user's mailbox, or the operation may name it although it isn't.
 */
export function isInMailbox({ folders }: Operation, folder: string): boolean {
  if (!FOLDER_NAME.test(folder)) return false
  const name = folder.toLowerCase()
  return !FOLDERS_ELSEWHERE.has(name) || folders?.includes(name) === true
}

/** Whether the name of an element looks like a mailbox or an ID. */
export function looksLikeSelector(local: string): boolean {
  switch (local.charCodeAt(local.length - 1)) {
    case D:
      return local.endsWith('Id') || local.endsWith('Guid')
    case X:
      return local.endsWith('Mailbox')
    case S:
      return local.endsWith('EmailAddress') || local.endsWith('SmtpAddress')
    case N:
      return local.endsWith('LegacyDN')
    case L:
      return local.endsWith('Url')
    default:
      return false
  }
}

// Last letters of such names. Checked first, because most other names end differently.
const [D, X, S, N, L] = [0x64, 0x78, 0x73, 0x4e, 0x6c]
