/**
 * Compares the effects of a request with what the documentation promises about the role.
 *
 * @module
 */

import type { Folder } from '../../sandbox/store.ts'
import type { FolderClass } from '../../src/model/profile.ts'
import type { Effects } from './canary-effects.ts'
import type { CanaryMailboxes } from './canary-mailboxes.ts'
import { isNever, unlistedEffect } from './canary-operations.ts'
import type { Place } from './canary-plants.ts'
import { allows, type CanaryRole, classesOf, hasClasses } from './canary-roles.ts'
import { brokenSentence } from './canary-sentences.ts'
import { brokenSwitch } from './canary-switches.ts'
import { type Kind, mayActAs, mayOpen } from './canary-table.ts'
import { NEUTRAL } from './world.ts'

/** A forwarded request and its effects. */
export type Reached = Readonly<{
  by: CanaryRole
  effects: Effects
  mailboxes: CanaryMailboxes
  /** Whether the configuration leaves the check of stored senders to the server. */
  enforcesSendAs: boolean
  /** Whether the server marks drafts. If not, all items in the drafts folder are drafts. */
  marksDrafts: boolean
}>

/** A broken promise. */
export type Violation = Readonly<{
  /** Subject of the promise: a profile's sentence, a switch, or a page. */
  promise: string
  /** Effect in words that are the same for all requests of its kind. */
  effect: string
  /** Mailbox, folder, or user. */
  detail?: string
}>

/** The free and busy times of all users that the rules allow can be asked for, whatever the guard's mailboxes. */
const OF_OTHERS: ReadonlySet<string> = new Set(['GetUserAvailability', 'GetMailTips'])
const USES_WATCH: ReadonlySet<string> = new Set(['GetEvents', 'GetStreamingEvents', 'Unsubscribe'])
/** Operations that move what they delete or send into a folder of its own. */
const INTO_OTHERS: ReadonlyMap<string, RegExp> = new Map([
  ['DeleteItem', /^(archive)?(deleteditems|recoverableitemsdeletions)$/],
  ['DeleteFolder', /^(archive)?(deleteditems|recoverableitemsdeletions)$/],
  ['EmptyFolder', /^(archive)?(deleteditems|recoverableitemsdeletions)$/],
])

/** Returns the first promise that a request broke. Undefined if there is none. */
export function violationOf(reached: Reached): Violation | undefined {
  return (
    inOperations(reached) ??
    inMailboxes(reached) ??
    brokenSwitch(reached) ??
    inAnswer(reached) ??
    inSubscriptions(reached) ??
    inFolders(reached) ??
    inContent(reached) ??
    brokenSentence(reached) ??
    unlisted(reached)
  )
}

function inOperations({ by, effects }: Reached): Violation | undefined {
  const { limits, isProtected, hasEnded } = by
  const { operation, actAs, run } = effects
  if (hasEnded) return { promise: 'time.md: periods', effect: 'reaches the server' }
  const ran = run.executed.map(({ operation: name }) => name)
  const excluded = [operation, ...ran].find(name => !allows(limits, name))
  if (excluded !== undefined)
    return { promise: 'profiles.md: operations', effect: `runs ${excluded}` }
  if (run.executed.some(({ as }) => as !== actAs))
    return { promise: 'guard.md: impersonation', effect: 'runs as another user' }
  if (isNever(operation))
    return { promise: 'guard.md: apps, tokens, and administration', effect: `runs ${operation}` }
  return deniedIn([actAs], isProtected)
}

/** Returns the violation if one of the users is one that the role can't act as. */
export function deniedIn(users: readonly string[], isProtected: boolean): Violation | undefined {
  const denied = users.find(user => !mayActAs(user, isProtected))
  return denied === undefined
    ? undefined
    : { promise: 'protected-mailboxes.md', effect: 'acts as a denied user', detail: denied }
}

/** Finds effects that the table of operations doesn't have. */
function unlisted({ effects }: Reached): Violation | undefined {
  const name = unlistedEffect(effects)
  return name && { promise: 'canary-operations.ts', effect: name }
}

function inMailboxes(reached: Reached): Violation | undefined {
  const { run, operation, meant } = reached.effects
  const opened = run.opened.find(({ owner }) => !isOpen(reached, owner))
  const promise = 'guard.md: Mailboxes'
  if (opened !== undefined)
    return { promise, effect: 'opens the mailbox of another user', detail: opened.owner }
  const { settings, set, ended } = { ...reached.effects, ...run }
  const other = [...settings, ...set, ...ended].find(
    ({ owner }) => !isOpen(reached, owner, operation),
  )
  if (other !== undefined)
    return { promise, effect: 'reaches settings of another user', detail: other.owner }
  for (const name of meant?.named ?? []) {
    if (!name.startsWith('@Id=')) continue
    const place = reached.mailboxes.placeOf(name.slice('@Id='.length))
    if (place !== undefined && !isOpen(reached, place.owner, operation))
      return { promise, effect: 'names the mailbox of another user', detail: place.owner }
  }
  return undefined
}

/** Finds canaries, and IDs of canaries, in the answer. */
function inAnswer(reached: Reached): Violation | undefined {
  const { heard, told, toldFolders, operation } = reached.effects
  const promise = 'profiles.md: classes of folders'
  // A private list has an ID, which a request must not have that is not limited to classes itself.
  if (operation === 'ExpandDL' && heard.length > 0 && hasClasses(reached.by.limits))
    return { promise, effect: 'expands a list of the contacts' }
  const read = heard.find(place => !isInside(reached, place))
  if (read !== undefined) return { promise, effect: `reads ${words(read)}`, detail: shown(read) }
  // A conversion opens nothing, so the class of what an ID identifies doesn't matter.
  const id = told.find(place =>
    operation === 'ConvertId'
      ? !isOpen(reached, place.owner, operation)
      : !isInside(reached, place),
  )
  if (id !== undefined)
    return { promise, effect: `is told the ID of ${words(id)}`, detail: shown(id) }
  const folder = toldFolders.find(
    place => !isOpen(reached, place.owner, operation) || !isListed(reached, place),
  )
  return folder && { promise, effect: `is told of a ${folder.kind} folder`, detail: shown(folder) }
}

const LISTS: ReadonlySet<string> = new Set(['FindFolder', 'SyncFolderHierarchy'])
/** Sentence of profiles that see one folder of another class. */
const SENT_ITEMS =
  'see the folder of sent items, and save copies of responses and cancellations in it'

/** Whether an answer can have the ID of a folder. In lists, its container class decides, or its element without the class. */
function isListed({ by, effects }: Reached, { kind, seems, name, folder }: Place): boolean {
  const { limits } = by
  const { operation, run } = effects
  const classes = classesOf(limits, operation)
  if (isOf(classes, kind) || (name === 'sentitems' && limits.can?.has(SENT_ITEMS))) return true
  if (!LISTS.has(operation)) return false
  const hasElement = /^(calendar|contacts|tasks)$/.test(seems)
  const hasClass = run.answer.includes('<t:FolderClass>') && folder.folderClass !== ''
  return isOf(classes, hasClass || hasElement ? seems : 'mail')
}

function inSubscriptions(reached: Reached): Violation | undefined {
  const promise = 'profiles.md: classes of folders'
  const classes = classesOf(reached.by.limits, 'Subscribe')
  for (const { stores, folders } of reached.effects.run.subscribed) {
    const store = stores.find(({ owner }) => !isOpen(reached, owner))
    if (store !== undefined)
      return { promise: 'guard.md: Mailboxes', effect: 'watches the mailbox of another user' }
    if (folders === undefined && classes !== undefined)
      return { promise, effect: 'watches all folders' }
    const folder = [...(folders ?? [])].find(one => !isOf(classes, reached.mailboxes.kindOf(one)))
    if (folder !== undefined) return { promise, effect: 'watches a folder of another class' }
  }
  return undefined
}

/** Finds changes in folders of other classes, and in other mailboxes. */
function inFolders(reached: Reached): Violation | undefined {
  const { by, effects, mailboxes } = reached
  const { operation, touched, run } = effects
  const classes = classesOf(by.limits, operation)
  for (const { folder, how } of touched) {
    if (INTO_OTHERS.get(operation)?.test(folder.distinguishedId ?? '')) continue
    // The copy of what was sent.
    if (run.sent.length > 0 && folder.distinguishedId === 'sentitems') continue
    if (!isOpen(reached, folder.store.owner))
      return { promise: 'guard.md: Mailboxes', effect: 'changes the mailbox of another user' }
    const kind = mailboxes.kindOf(folder)
    if (!isOf(classes, kind))
      return {
        promise: 'profiles.md: classes of folders',
        effect: `${how} in a ${kind} folder`,
        detail: folderWords(folder),
      }
  }
  return undefined
}

/** Finds what was copied out of folders that the role can't read. */
function inContent({ by, effects }: Reached): Violation | undefined {
  const classes = classesOf(by.limits, 'GetItem')
  if (classes === undefined || classes.length === 0) return undefined
  const carried = effects.carried.find(
    ({ kind, itemKind }) => !isOf(classes, kind) || !isOf(classes, itemKind),
  )
  return (
    carried && {
      promise: 'profiles.md: classes of folders',
      effect: `copies the content of ${words(carried)}`,
      detail: shown(carried),
    }
  )
}

/** Whether a role can read a canary with the operation. */
function isInside(reached: Reached, { owner, kind, itemKind }: Place): boolean {
  const { limits } = reached.by
  const { operation } = reached.effects
  const classes = classesOf(limits, operation)
  if (!isOpen(reached, owner, operation)) return false
  // Notifications have only IDs, also of items of other classes.
  return isOf(classes, kind) && (USES_WATCH.has(operation) || isOf(classes, itemKind))
}

const isOf = (classes: readonly FolderClass[] | undefined, kind: Kind): boolean =>
  classes === undefined || (kind !== 'none' && classes.includes(kind))

function isOpen({ by, effects }: Reached, owner: string, operation = ''): boolean {
  const { role, isProtected } = by
  // A subscription gives its events to any request of its role, as long as the role can act as its creator.
  if (USES_WATCH.has(operation)) return mayActAs(owner, isProtected)
  // Without impersonation, the IDs of all users that the rules allow can be converted.
  if (operation === 'ConvertId' && effects.actAs === NEUTRAL) return mayActAs(owner, isProtected)
  const { mailboxes } = role.guard
  const guard = OF_OTHERS.has(operation) && mailboxes === 'own' ? 'permitted' : mailboxes
  return mayOpen(owner, effects.actAs, guard, isProtected)
}

const words = ({ kind, itemKind }: Place) =>
  kind === itemKind ? `a canary (${kind})` : `a canary (${itemKind} in ${kind})`
const shown = ({ owner, name, folder }: Place) => `${name ?? folder.displayName} of ${owner}`
const folderWords = (folder: Folder) => `${folder.displayName} of ${folder.store.owner}`
