/**
 * Forgets the classes of folders and items when a request can change them.
 *
 * @module
 */

import type { Allowed } from './context.ts'

const NOTHING = () => undefined

/** Requests that can change the folder of an item, or the class of a folder, or make a draft a sent message. */
const CHANGING: ReadonlySet<string> = new Set([
  'ApplyConversationAction',
  'ArchiveItem',
  'CopyFolder',
  'CopyItem',
  'DeleteFolder',
  'EmptyFolder',
  'MarkAsJunk',
  'MoveFolder',
  'MoveItem',
  'SendItem',
  'UpdateFolder',
])

/**
 * Forgets what the upstream has reported to the impersonated user, and to the owners of the other mailboxes that the
 * request names, before and after a request that can change it.
 *
 * @returns function to call when the request has ended
 */
export function enterChange({ read, user, others, facts, served }: Allowed): () => void {
  const { requestElement } = read.prologue
  const { itemClasses, writesClassProperty, writesState } = facts.content
  const isUpdate = requestElement === 'UpdateItem'
  const isOther = facts.sends || itemClasses.length > 0 || writesClassProperty || writesState
  if (!(CHANGING.has(requestElement) || (isUpdate && isOther))) return NOTHING
  const { ports, shadows } = read.context.server
  const users = [...(user === undefined ? [] : [user.id]), ...(others ?? [])]
  const forget = () => {
    for (const id of users) {
      ports.contentClasses.forget(served.organization.id, id)
      shadows.shown.forget(served.organization.id, id)
    }
  }
  forget()
  return forget
}
