/**
 * Compares what a request did in the sandbox with the table of the canaries.
 *
 * @module
 */

import type { Folder, StoreEvent } from '../../src/sandbox/store.ts'
import type { CanaryRole } from './canary-gateway.ts'
import type { CanaryMailboxes, Place, Run } from './canary-mailboxes.ts'
import { type Kind, kindOfName, type Limits, mayActAs, mayOpen, NAMELESS } from './canary-table.ts'
import type { Understanding } from './understanding.ts'

/** A forwarded request, as all readers understand it, and what it did. */
export type Reached = Readonly<{
  by: CanaryRole
  actAs: string
  meant: Understanding
  run: Run
  mailboxes: CanaryMailboxes
}>

/** Operations that tell the names of folders, which the profiles allow for the roots, too. */
const OPENING: ReadonlySet<string> = new Set(['GetFolder', 'FindFolder', 'SyncFolderHierarchy'])
const USES_WATCH: ReadonlySet<string> = new Set(['GetEvents', 'GetStreamingEvents'])
/** The free and busy times of all users that the rules allow can be asked for, whatever the guard's mailboxes. */
const OF_OTHERS = 'GetUserAvailability'

/** Returns what a role reached outside of its limits. Undefined if there is nothing. */
export function excessOf(reached: Reached): string | undefined {
  const operation = reached.meant.operation.replace(/Request$/, '')
  return (
    inOperations(reached, operation) ??
    inNames(reached, operation) ??
    inAnswer(reached, operation) ??
    inSubscriptions(reached) ??
    inEvents(reached, operation)
  )
}

function inOperations({ by, actAs, run }: Reached, operation: string): string | undefined {
  const { limits, isProtected } = by
  const ran = run.executed.map(({ operation: name }) => name)
  const excluded = [operation, ...ran].find(name => !allows(limits, name))
  if (excluded !== undefined) return `runs ${excluded}`
  const as = run.executed.map(one => one.as).find(one => one !== actAs)
  if (as !== undefined) return `runs as ${as} instead of ${actAs}`
  return mayActAs(actAs, isProtected) ? undefined : `acts as ${actAs}`
}

/** Finds folders and items that a request names. */
function inNames(reached: Reached, operation: string): string | undefined {
  if (NAMELESS.has(operation)) return undefined
  const { by, meant, mailboxes } = reached
  const mayReach = (kind: Kind) =>
    reads(by.limits, kind) || writes(by.limits, kind) || isRootOf(by.limits, kind, operation)
  for (const name of meant.named) {
    if (!name.startsWith('@Id=')) continue
    const id = name.slice('@Id='.length)
    const place = mailboxes.placeOf(id)
    if (place !== undefined && !isOpen(reached, place.owner, operation))
      return `names the mailbox of ${place.owner}`
    const kind = place?.kind ?? kindOfName(id)
    if (kind !== undefined && !mayReach(kind)) return `names ${place ? shown(place) : id}`
  }
  return undefined
}

function isRootOf({ reads: kinds }: Limits, kind: Kind, operation: string): boolean {
  if (kind !== 'root' || !OPENING.has(operation)) return false
  return operation === 'GetFolder' || kinds?.includes('mail') !== false
}

/** Finds canaries, and IDs of canaries, in the answer. */
function inAnswer(reached: Reached, operation: string): string | undefined {
  const { by, run, mailboxes } = reached
  const heard = mailboxes.heardIn(run.answer).find(place => !mayRead(reached, place, operation))
  if (heard !== undefined) return `reads the canary of ${shown(heard)}`
  for (const [, id = ''] of run.answer.matchAll(/ItemId Id="([^"]*)"/g)) {
    const place = mailboxes.placeOf(id)
    if (place === undefined || mayRead(reached, place, operation)) continue
    if (!(writes(by.limits, place.kind) && isOpen(reached, place.owner, operation)))
      return `is told the ID of the canary of ${shown(place)}`
  }
  return undefined
}

function inSubscriptions(reached: Reached): string | undefined {
  for (const { stores, folders } of reached.run.subscribed) {
    const store = stores.find(({ owner }) => !isOpen(reached, owner))
    if (store !== undefined) return `watches the mailbox of ${store.owner}`
    if (folders === undefined && reached.by.limits.reads !== undefined) return 'watches all folders'
    for (const folder of folders ?? [])
      if (!reads(reached.by.limits, reached.mailboxes.kindOf(folder)))
        return `watches ${folder.displayName}`
  }
  return undefined
}

function inEvents(reached: Reached, operation: string): string | undefined {
  const { limits } = reached.by
  const { events, sent } = reached.run
  if (sent > 0 && limits.sends === 'nothing') return 'sends'
  // Sent mail arrives in the mailboxes of its recipients, and its copy in that of the sender.
  const isDelivery = ({ type }: StoreEvent) =>
    sent > 0 && (type === 'Created' || type === 'NewMail')
  for (const event of events.filter(one => !isDelivery(one))) {
    const changed = foldersOf(event)
      .filter(folder => !(operation === 'DeleteItem' && folder.distinguishedId === 'deleteditems'))
      .find(folder => !mayChange(reached, folder))
    if (changed !== undefined) return `changes ${changed.displayName} of ${changed.store.owner}`
    if (!limits.deletes && removes(event, operation))
      return `deletes from ${event.folder.displayName}`
    const isNew = event.type === 'Created' && event.item !== undefined
    if (limits.onlyDrafts && isNew && event.folder.distinguishedId !== 'drafts')
      return `saves in ${event.folder.displayName}`
  }
  return undefined
}

/** Whether something disappears, or is put with the deleted items. A move between mailboxes also deletes. */
function removes({ type, folder, item }: StoreEvent, operation: string): boolean {
  if (type === 'Deleted') return !/^(Move|Send)/.test(operation)
  const destination = item === undefined ? folder.parent : folder
  return type === 'Moved' && /deleted|recoverable/.test(destination?.distinguishedId ?? '')
}

/** Returns the folders that an event changes: also that in which a folder appears. */
const foldersOf = ({ type, folder, item, from }: StoreEvent): readonly Folder[] => [
  folder,
  ...(from ? [from.folder] : []),
  ...(item === undefined && type !== 'Modified' && folder.parent ? [folder.parent] : []),
]

const mayChange = (reached: Reached, folder: Folder): boolean =>
  isOpen(reached, folder.store.owner) && writes(reached.by.limits, reached.mailboxes.kindOf(folder))

const mayRead = (reached: Reached, place: Place, operation: string): boolean =>
  isOpen(reached, place.owner, operation) && reads(reached.by.limits, place.kind)

function isOpen({ by, actAs }: Reached, owner: string, operation = ''): boolean {
  // A subscription gives its events to any request of its role, as long as the role can act as its creator.
  if (USES_WATCH.has(operation)) return mayActAs(owner, by.isProtected)
  const guard = operation === OF_OTHERS && by.guard === 'own' ? 'permitted' : by.guard
  return mayOpen(owner, actAs, guard, by.isProtected)
}

const allows = ({ operations, denied }: Limits, operation: string): boolean =>
  !denied.has(operation) && operations?.has(operation) !== false

const reads = (limits: Limits, kind: Kind): boolean => limits.reads?.includes(kind) !== false
const writes = (limits: Limits, kind: Kind): boolean => limits.writes?.includes(kind) !== false

const shown = ({ owner, kind, name }: Place) => `${name ?? `a folder (${kind})`} of ${owner}`
