/**
 * Checks of the profile of a role: its operations, the content of the body, and the classes of folders and items that
 * the body names by IDs.
 *
 * @module
 */

import { operationOf } from '../ews/operations.ts'
import type { BodyFacts, NamedContent } from '../model/envelope.ts'
import { foldName, type User, type UserId } from '../model/identity.ts'
import type { ContentResult } from '../model/stored-content.ts'
import {
  entriesOutside,
  excludesBody,
  excludesEvents,
  excludesOperation,
  type KnownContent,
  needsContent,
} from '../policy/profile-content.ts'
import type { Outcome } from './decision.ts'
import type { Evaluation } from './evaluation.ts'
import { deny, NOT_MADE, PASS, UNKNOWN } from './outcome.ts'
import { addressesOf, userOf } from './target.ts'

/** Maximum number of other mailboxes per request in which folders have a class by their IDs. */
const MAX_MAILBOXES = 20

/** Checks everything for which no lookup is necessary. Passes for a role without limits. */
export function checkProfile({ request, compiled: { role } }: Evaluation): Outcome {
  const { profile } = role
  if (profile === undefined) return PASS
  const operation = operationOf(request.requestElement)
  if (operation === undefined) return PASS
  if (excludesOperation(profile, operation)) return deny('outside-profile')
  const { name } = profile
  const { body, organization } = request
  const isOutside = name && body && excludesBody(name, operation, body, organization.kind)
  return isOutside ? deny('outside-profile') : PASS
}

/** Checks the folders, items, and subscriptions that the body names by IDs. */
export function checkFolderClasses(evaluation: Evaluation): Outcome {
  const { request, compiled, lookup, caller } = evaluation
  const name = compiled.role.profile?.name
  const { body } = request
  if (name === undefined || body === undefined) return NOT_MADE
  const operation = operationOf(request.requestElement)
  if (operation === undefined) return NOT_MADE
  if (body.subscriptions.length > 0) {
    if (caller.principal === undefined) return UNKNOWN
    const subscriptions = lookup.findAll('subscription', body.subscriptions)
    if (subscriptions === undefined) return UNKNOWN
    if (subscriptions.some(found => excludesEvents(name, operation, found?.folderClasses)))
      return deny('outside-profile')
  }
  if (!needsContent(name, operation, body.content)) return NOT_MADE
  const known = findContent(evaluation, body)
  if (known === undefined) return UNKNOWN
  const outside = entriesOutside(name, operation, body.content, known)
  if (outside === undefined) return deny('outside-profile')
  return outside.length === 0 ? PASS : { kind: 'pass', outside }
}

/** Returns what is known about content that a body names; undefined if something is missing. */
function findContent(evaluation: Evaluation, body: BodyFacts): KnownContent | undefined {
  const { named } = body.content
  const [folders, items] = [idsOf(named, 'folder'), idsOf(named, 'item')]
  const user = userOf(evaluation.target)
  if (user === undefined || folders.length + items.length === 0) return NOTHING
  const mailboxes = otherMailboxes(evaluation, user, body)
  if (mailboxes === undefined) return undefined
  const entry = evaluation.lookup.find('content-classes', { folders, items, user, mailboxes })
  if (entry === undefined) return undefined
  const found: ContentResult | undefined = entry.value
  const isComplete = found?.folders.length === folders.length && found.items.length === items.length
  if (!isComplete) return NOTHING
  const byFolder = new Map(folders.map((id, i) => [id, found.folders[i]]))
  const byItem = new Map(items.map((id, i) => [id, found.items[i]]))
  return { folder: id => byFolder.get(id), item: id => byItem.get(id) }
}

/**
 * Returns the addresses of other mailboxes that the body names, and of those that its IDs belong to as far as the guard
 * depends on their owners. Returns undefined if something is missing.
 */
function otherMailboxes(
  { compiled, active, lookup }: Evaluation,
  user: User,
  { mailboxes, mailboxGuids: guids }: BodyFacts,
): readonly string[] | undefined {
  const reach = compiled.role.guard.mailboxes
  if (reach === 'own') return []
  const own = addressesOf(user)
  const named = mailboxes.flatMap(({ address, allowed }) =>
    allowed === 'own' && !own.has(foldName(address)) ? [foldName(address)] : [],
  )
  if (guids.length > 0 && (reach === 'permitted' || active !== undefined)) {
    const owners = lookup.find('mailbox-owners', { guids, users: [user] })
    if (owners?.value === undefined) return undefined
    const others = [...new Set(owners.value)].filter(id => id !== undefined && id !== user.id)
    const users = lookup.findAll('user', others as readonly UserId[])
    if (users === undefined) return undefined
    named.push(...users.flatMap(found => (found ? [foldName(found.primarySmtpAddress)] : [])))
  }
  return [...new Set(named)].slice(0, MAX_MAILBOXES)
}

const NOTHING: KnownContent = { folder: () => undefined, item: () => undefined }

const idsOf = (named: readonly NamedContent[], wanted: NamedContent['kind']): readonly string[] => [
  ...new Set(named.flatMap(({ kind, id }) => (kind === wanted ? [id] : []))),
]
