/**
 * Kinds of folders, and users whose mailboxes a role can open, written from the words of docs/profiles.md, docs/guard.md,
 * and docs/protected-mailboxes.md. Nothing here comes from `src/policy`, so a mistake there is not repeated here.
 *
 * @module
 */

import type { Mailboxes } from '../../src/model/role.ts'

/** Kind of a folder. `none`: a folder that no profile with classes contains, such as a search folder. */
export type Kind =
  | 'mail'
  | 'calendar'
  | 'contacts'
  | 'tasks'
  | 'notes'
  | 'other'
  | 'hidden'
  | 'root'
  | 'none'

/** Kinds of the distinguished folders that are not for mail. */
const KINDS: Readonly<Record<string, Kind>> = {
  calendar: 'calendar',
  contacts: 'contacts',
  journal: 'other',
  notes: 'notes',
  tasks: 'tasks',
  root: 'root',
  msgfolderroot: 'root',
  archiveroot: 'root',
  archivemsgfolderroot: 'root',
  searchfolders: 'none',
  todosearch: 'none',
  favorites: 'none',
  allitems: 'none',
  publicfoldersroot: 'none',
}
const MAIL =
  /^(inbox|drafts|sentitems|outbox|deleteditems|junkemail|conversationhistory|archiveinbox|archivedeleteditems)$/

/** Returns the kind of a distinguished folder, in any spelling; undefined for any other text. */
export function kindOfName(name: string): Kind | undefined {
  const folded = name.toLowerCase()
  if (MAIL.test(folded)) return 'mail'
  if (/^(archive)?recoverableitems/.test(folded)) return 'hidden'
  return Object.hasOwn(KINDS, folded) ? KINDS[folded] : undefined
}

/** User as which the mutants act, unless they name another. */
export const ACTOR = 'user@example.com'
/** Users whose mailboxes have canaries. The rules deny Carol, and the CEO can be protected. */
export const OWNERS = [ACTOR, 'bob@example.com', 'carol@example.com', 'ceo@example.com'] as const
export const DENIED = 'carol@example.com'
export const PROTECTED = 'ceo@example.com'

/** Whether a role can act as a user. */
export const mayActAs = (owner: string, isProtected: boolean): boolean =>
  owner !== DENIED && !(isProtected && owner === PROTECTED)

/** Whether a request of a role that acts as a user can open a mailbox. */
export function mayOpen(
  owner: string,
  actor: string,
  guard: Mailboxes,
  isProtected: boolean,
): boolean {
  if (isProtected && owner === PROTECTED) return false
  if (owner === actor || guard === 'any') return true
  return guard === 'permitted' && owner !== DENIED
}
