/**
 * Checks the senders of stored items that a request sends. A client can save a draft with any sender, and some
 * servers send it unchanged. The upstream tells the senders.
 *
 * @module
 */

import { byAddress, foldName, type User } from '../model/identity.ts'
import { behaviorOf } from '../model/server-kind.ts'
import type { StoredItemResult } from '../model/stored-item.ts'
import { evaluateSentItems, type StoredSenders } from '../policy/guard.ts'
import { batchesOf } from './batches.ts'
import type { BodyEvaluation } from './body-evaluation.ts'
import { findReachable } from './reachable.ts'
import { addressesOf } from './target.ts'

/** Elements of items that are not meeting messages. Any other element could be one. */
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

/** Maximum number of different senders, other than the impersonated user, of the stored items in one request. */
const MAX_OTHERS = 500

/** Returns the reason for a denial. Returns undefined if there is none, or if something is missing. */
export function checkStoredItems(body: BodyEvaluation): 'sender-refused' | undefined {
  const { compiled, facts, acting, user, lookup, active: protection, request } = body
  const { sentItems: items, unknownSentItem } = facts
  if (items.length === 0 && !unknownSentItem) return undefined
  if (unknownSentItem || user === undefined) return 'sender-refused'
  const entry = lookup.find('stored-items', { items, user })
  if (entry === undefined) return undefined
  const results = entry.value
  if (results?.length !== items.length) return 'sender-refused'

  const stored = results.map((result, i) => storedOf(result, items[i]?.onlyMeetings === true))
  const { comparesChangeKeys } = behaviorOf(request.organization.kind)
  const server = { protection, comparesChangeKeys }
  const denialOf: DenialOf = find =>
    evaluateSentItems(compiled, acting, items, resolved(stored, find), server)
  const own = addressesOf(user)
  const isOpen = compiled.role.guard.senders === 'permitted'
  // If the guard permits other senders, first treats all senders as the impersonated user, because the other
  // conditions need no lookups.
  const denial = denialOf(address => (isOpen || own.has(address) ? user : undefined))
  if (denial !== undefined || !isOpen) return denial
  const named = stored.flatMap(({ senders }) => senders)
  return checkOthers(
    body,
    [...new Set(named)].filter(address => !own.has(address)),
    denialOf,
  )
}

/** Returns the reason for a denial, with senders that a function finds by address. */
type DenialOf = (find: (address: string) => User | undefined) => 'sender-refused' | undefined

function checkOthers(
  body: BodyEvaluation,
  others: readonly string[],
  denialOf: DenialOf,
): 'sender-refused' | undefined {
  if (others.length > MAX_OTHERS) return 'sender-refused'
  const found = new Map<string, User | undefined>()
  for (const some of batchesOf(others)) {
    const users = findReachable(body, 'name', some.map(byAddress))
    if (users === undefined) return undefined
    for (const [i, address] of some.entries()) found.set(address, users[i])
    const denial = denialOf(address => (found.has(address) ? found.get(address) : body.user))
    if (denial !== undefined) return denial
  }
  return undefined
}

/** An item with the folded addresses of the relevant senders. */
type Stored = Readonly<{ about: StoredSenders; senders: readonly string[] }>

function storedOf({ code, item }: StoredItemResult, onlyMeetings: boolean): Stored {
  if (item === undefined)
    return { about: { kind: code === 'ErrorItemNotFound' ? 'missing' : 'unknown' }, senders: [] }
  const { changeKey, unknownSender } = item
  const kind = NO_MEETINGS.has(item.kind) ? 'other' : 'meeting'
  const isSent = kind === 'meeting' || !onlyMeetings
  return {
    about: { kind, changeKey, unknownSender, senders: [] },
    senders: isSent ? item.senders.map(foldName) : [],
  }
}

const resolved = (
  stored: readonly Stored[],
  find: (address: string) => User | undefined,
): readonly StoredSenders[] =>
  stored.map(({ about, senders }) =>
    'senders' in about ? { ...about, senders: senders.map(find) } : about,
  )
