/**
 * Evaluates the stored items that a request sends as they are, by what the upstream says about them.
 *
 * A client can save a draft with any sender, and some servers send it as it is.
 *
 * @module
 */

import { foldName, type User } from '../model/identity.ts'
import type { StoredItemResult } from '../model/stored-item.ts'
import { judgeSentItems, type StoredSenders } from '../policy/guard.ts'
import type { BodyEvaluation } from './body-evaluation.ts'
import { addressesOf } from './target.ts'

/** Elements of items that are not meetings. Every other element may be one. */
const NO_MEETINGS: ReadonlySet<string> = new Set([
  'Contact',
  'DistributionList',
  'MeetingCancellation',
  'MeetingMessage',
  'MeetingRequest',
  'MeetingResponse',
  'Message',
  'PostItem',
  'Task',
])

/** Returns the reason for a denial; undefined also if something is missing. */
export function checkStoredItems({
  facts,
  acting,
  user,
  lookup,
}: BodyEvaluation): 'sender-refused' | undefined {
  const { sentItems: items, unknownSentItem } = facts
  if (items.length === 0 && !unknownSentItem) return undefined
  if (unknownSentItem || user === undefined) return 'sender-refused'
  const entry = lookup.find('stored-items', { items, user })
  if (entry === undefined) return undefined
  const results = entry.value
  if (results?.length !== items.length) return 'sender-refused'
  return judgeSentItems(acting, items, sendersOf(results, user))
}

/** Compares senders with the addresses of the user: no other sender can be allowed. */
function sendersOf(results: readonly StoredItemResult[], user: User): readonly StoredSenders[] {
  const own = addressesOf(user)
  return results.map(({ code, item }) =>
    item === undefined
      ? { kind: code === 'ErrorItemNotFound' ? 'missing' : 'unknown' }
      : {
          kind: NO_MEETINGS.has(item.kind) ? 'other' : 'meeting',
          changeKey: item.changeKey,
          unknownSender: item.unknownSender,
          senders: item.senders.map(address => (own.has(foldName(address)) ? user : undefined)),
        },
  )
}
