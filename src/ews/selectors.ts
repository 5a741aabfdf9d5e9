/**
 * Elements that name a mailbox beside the one in the header of a request, and names that look like them.
 *
 * @module
 */

import { type Operation, own, type Selector } from './operation-row.ts'
import { OPERATIONS } from './operations.ts'

/** `DistinguishedFolderId/Mailbox` and its like, in every operation. */
export const FOLDER_MAILBOX: Selector = own('Mailbox', 'EmailAddress')

/** Who sends what is sent in the same request. */
export const SENDERS: Selector = { element: '', child: 'EmailAddress', allowed: 'sender' }

/** Names in all rows: of elements that name a mailbox, that hold the address, and that are known. */
export const SELECTOR_WORDS = wordsOf(Object.values(OPERATIONS))

function wordsOf(rows: readonly Operation[]) {
  const selectors = rows.flatMap(row => row.selectors ?? [])
  return {
    elements: selectors.map(({ element }) => element),
    children: selectors.flatMap(({ child }) => child ?? []),
    known: rows.flatMap(({ names }) => [...names]),
  }
}

/** Distinguished folders that are in no user's mailbox. */
const FOLDERS_ELSEWHERE: ReadonlySet<string> = new Set([
  'publicfoldersroot',
  'adminauditlogs',
  'directory',
])

/** Names of distinguished folders; what is none may be an id to a server that looks no closer. */
const FOLDER_NAME = /^[A-Za-z]{1,48}$/

/** Returns whether a distinguished folder is in the mailbox, or the operation may name it nevertheless. */
export function isInMailbox({ folders }: Operation, folder: string): boolean {
  if (!FOLDER_NAME.test(folder)) return false
  const name = folder.toLowerCase()
  return !FOLDERS_ELSEWHERE.has(name) || folders?.includes(name) === true
}

/** Whether an element's name says that it is a mailbox or an id. */
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

// Last letters: most names end in none of them.
const [D, X, S, N, L] = [0x64, 0x78, 0x73, 0x4e, 0x6c]
