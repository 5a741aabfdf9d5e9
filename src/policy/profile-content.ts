/**
 * Evaluates whether the content of a request is inside the profile of its role.
 *
 * @module
 */

import type { BodyFacts, ContentFacts, NamedContent } from '../model/envelope.ts'
import { kindNamed } from '../model/item-kinds.ts'
import type { FolderClass, ProfileName, RoleProfile } from '../model/profile.ts'
import { behaviorOf, type ServerKind } from '../model/server-kind.ts'
import type { StoredFolder, StoredPlace } from '../model/stored-content.ts'
import {
  classOfContainer,
  classOfElement,
  classOfFolder,
  classOfItem,
  containsDeleted,
} from './folder-classes.ts'
import { type Ability, abilityOf } from './profile-abilities.ts'
import { type Access, accessOf, findProfile, type Profile } from './profiles.ts'

/** Operations that can remove an object from its place when they put it into another folder. */
const MOVING: ReadonlySet<string> = new Set([
  'ApplyConversationAction',
  'MoveFolder',
  'MoveItem',
  'SendItem',
  'UpdateItem',
])
/** Operations that change an item that the body names. */
const CHANGING: ReadonlySet<string> = new Set(['CreateAttachment', 'UpdateItem'])
/** Operations whose body can name no folder. Without one, SyncFolderHierarchy lists all folders of the profile. */
const UNNAMED: ReadonlySet<string> = new Set([
  'SyncFolderHierarchy',
  'ConvertId',
  'CreateItem',
  'ResolveNames',
])
/** Responses to meetings, and cancellations, of which tools save a copy. */
const NOTICES: ReadonlySet<string> = new Set([
  'AcceptItem',
  'CancelCalendarItem',
  'DeclineItem',
  'TentativelyAcceptItem',
])
/** Distinguished folder of these copies, in lower case. */
const COPIES = 'sentitems'
/** Operations that save items, or copies of them, in a folder that they name. */
const SAVING: ReadonlySet<string> = new Set(['CreateItem', 'UpdateItem'])
/** Class of a message that servers save as a draft, in lower case. */
const MESSAGE = 'ipm.note'
/** Beginning of the item classes of meeting requests and responses, in lower case. */
const MEETING = 'ipm.schedule.meeting'

/** Whether the limits of a role deny an operation, whatever its body contains. */
export function excludesOperation(
  { name, allowedOperations, deniedOperations }: RoleProfile,
  operation: string,
): boolean {
  if (deniedOperations?.includes(operation)) return true
  if (allowedOperations !== undefined && !allowedOperations.includes(operation)) return true
  return name !== undefined && accessOf(name, operation) === 'none'
}

/** Whether a profile denies a body, without regard to the folders and items that it names by IDs. */
export function excludesBody(
  name: ProfileName,
  operation: string,
  facts: BodyFacts,
  kind: ServerKind | undefined,
): boolean {
  const profile = findProfile(name)
  if (profile === undefined) return true
  const { abilities, sending, deleting, draftsOnly } = profile
  const { content } = facts
  const lacks = (ability: Ability) => abilities[ability] === undefined
  if (facts.hiddenRules && lacks('inbox-rules')) return true
  if (facts.grants && lacks('change-settings')) return true
  if (facts.sends && sending === 'nothing') return true
  if (!deleting && deletes(operation, facts)) return true
  if (content.archives && lacks('mark-items')) return true
  if (lacks('change-items') && changesStored(operation, content)) return true
  if (draftsOnly && leavesDrafts(operation, content, kind)) return true
  const access = accessOf(name, operation)
  if (isLimited(access)) return leaves(access, operation, facts, sending, kind)
  return access === 'none' || (hasClasses(profile) && namesContent(content))
}

/** Whether a profile is limited to classes of folders. Then operations without a class must name no content. */
const hasClasses = ({ abilities }: Profile): boolean =>
  Object.values(abilities).some(classes => classes !== 'any')

/** Whether decisions with a profile depend on classes of folders and items. An unknown profile denies everything. */
export function usesClasses(name: ProfileName | undefined): boolean {
  const profile = name && findProfile(name)
  return profile !== undefined && hasClasses(profile)
}

/** Whether a body names something in a mailbox, such as a private distribution list. */
const namesContent = ({ named, unknownNames }: ContentFacts): boolean =>
  named.length > 0 || unknownNames

/** Finds the folders and items that a body names by IDs, as far as they are known. */
export type KnownContent = Readonly<{
  folder: (id: string) => StoredFolder | undefined
  item: (id: string) => StoredPlace | undefined
}>

/** Whether {@link entriesOutside} must evaluate what a body names: folders and items by IDs, or entries. */
export function needsContent(
  name: ProfileName,
  operation: string,
  { named, entries }: ContentFacts,
): boolean {
  if (!isLimited(accessOf(name, operation))) return false
  return entries.length > 0 || named.some(({ kind }) => kind !== 'distinguished')
}

/**
 * Returns which entries of a body are outside of a profile, by their index, so that they are left out of the response.
 * Returns undefined if the profile denies the whole body: if the response to one entry can't be left out, or if all
 * entries are outside.
 */
export function entriesOutside(
  name: ProfileName,
  operation: string,
  content: ContentFacts,
  known: KnownContent,
): readonly number[] | undefined {
  const access = accessOf(name, operation)
  if (!isLimited(access)) return access === 'none' ? undefined : NONE
  const { named, entries, isWhole } = content
  const isInside = insideOf(name, access, operation, content, known)
  if (named.every(isInside)) return NONE
  const outside = entries.flatMap((entry, index) => (isInside(entry) ? [] : [index]))
  return outside.length < entries.length || !isWhole ? outside : undefined
}

const NONE: readonly number[] = []

/** Returns whether a folder or item that a body names is in one of the classes. */
function insideOf(
  name: ProfileName,
  access: readonly FolderClass[],
  operation: string,
  content: ContentFacts,
  known: KnownContent,
): (named: NamedContent) => boolean {
  const { allProperties, otherMeetings } = content
  const { draftsOnly = false, sending = 'nothing' } = findProfile(name) ?? {}
  const needsDraft = draftsOnly && CHANGING.has(operation)
  const showsMeetings = (allProperties || otherMeetings) && !access.includes('calendar')
  const isItemInside = (item: StoredPlace | undefined): boolean =>
    item !== undefined &&
    contains(access, classOfPlace(item)) &&
    contains(access, classOfStored(item.folder)) &&
    (item.isDraft || !needsDraft) &&
    !(showsMeetings && isMeeting(item.itemClass))
  return named => {
    const { kind, id } = named
    if (isForCopies(sending, operation, content, named)) return true
    if (kind === 'distinguished') return contains(access, classOfFolder(id))
    if (kind === 'item') return isItemInside(known.item(id))
    const folder = known.folder(id)
    if (folder === undefined || !contains(access, classOfStored(folder))) return false
    return !(draftsOnly && SAVING.has(operation) && named.isDestination) || folder.isDrafts === true
  }
}

/** Operations whose responses list items or folders. Those that are outside of a profile are left out. */
const LISTING: ReadonlySet<string> = new Set([
  'FindFolder',
  'FindItem',
  'SyncFolderHierarchy',
  'SyncFolderItems',
])

/**
 * Returns a function that says whether an item or folder is inside of a profile and can be in the response to a request;
 * undefined if the response lists none, or if all can be in it.
 */
export function listedIn(
  name: ProfileName,
  operation: string,
  { otherMeetings }: Pick<ContentFacts, 'otherMeetings'>,
): ((listed: ListedContent) => boolean) | undefined {
  const access = accessOf(name, operation)
  if (!LISTING.has(operation) || !isLimited(access)) return undefined
  const showsMeetings = otherMeetings && !access.includes('calendar')
  return ({ element, itemClass, container }) => {
    if (showsMeetings && (isMeeting(itemClass ?? '') || isMeetingElement(element))) return false
    if (itemClass) return contains(access, classOfItem(itemClass))
    return contains(access, container ? classOfContainer(container) : classOfElement(element))
  }
}

/** An item or a folder in the response of the upstream. It doesn't have all properties. */
export type ListedContent = Readonly<{
  /** Local name of its element. */
  element: string
  itemClass?: string | undefined
  container?: string | undefined
}>

/**
 * Whether a profile denies the events of a subscription.
 *
 * @param watched - classes of folders that the subscription can watch; undefined if they were not limited
 */
export function excludesEvents(
  name: ProfileName,
  operation: string,
  watched: readonly FolderClass[] | undefined,
): boolean {
  const access = accessOf(name, operation)
  if (!isLimited(access)) return access === 'none'
  return watched?.every(watchedClass => access.includes(watchedClass)) !== true
}

/** Returns the classes of folders that a subscription of a role can watch; undefined if they are not limited. */
export function watchedClasses(
  profile: RoleProfile | undefined,
): readonly FolderClass[] | undefined {
  const access = profile?.name === undefined ? 'any' : accessOf(profile.name, 'Subscribe')
  return isLimited(access) ? access : undefined
}

const isMeeting = (itemClass: string): boolean => itemClass.toLowerCase().startsWith(MEETING)

const isMeetingElement = (element: string): boolean => element.startsWith('Meeting')

const isLimited = (access: Access): access is readonly FolderClass[] => typeof access !== 'string'

const contains = (access: readonly FolderClass[], one: FolderClass | undefined): boolean =>
  one !== undefined && access.includes(one)

/** Whether a body leaves the classes of folders, by names, classes, and shapes. */
function leaves(
  access: readonly FolderClass[],
  operation: string,
  facts: BodyFacts,
  sending: Profile['sending'],
  kind: ServerKind | undefined,
): boolean {
  const { content, unknownMailbox } = facts
  const { unknownNames, unknownClass, writesClassProperty, allFolders, searchFolders } = content
  if (unknownMailbox || unknownNames || unknownClass || writesClassProperty) return true
  if (allFolders || searchFolders) return true
  if (operation === 'CreateItem' && !behaviorOf(kind).savesByKind && lacksHome(content)) return true
  const needed: (FolderClass | undefined)[] = [
    ...content.created.map(classOfElement),
    ...content.itemClasses.map(classOfItem),
    ...content.containers.map(classOfContainer),
  ]
  // Folders that are entries can be left out of the response. Whether all are, is known once the IDs are.
  if (content.entries.length === 0)
    for (const named of content.named)
      if (
        named.kind === 'distinguished' &&
        !(facts.sends && isForCopies(sending, operation, content, named))
      )
        needed.push(classOfFolder(named.id))
  if (content.hidden) needed.push('hidden')
  if (content.contacts) needed.push('contacts')
  const isUnnamed = content.isWhole && content.named.length === 0 && namesFolders(operation)
  if (isUnnamed && !UNNAMED.has(operation)) needed.push(undefined)
  return !needed.every(one => contains(access, one))
}

/**
 * Whether a profile that sends what belongs to meetings names the folder for copies: to see the folder itself, or to save copies of
 * responses and cancellations in it. Tools look for it before they cancel a meeting.
 */
function isForCopies(
  sending: Profile['sending'],
  operation: string,
  { created, isWhole }: ContentFacts,
  { kind, id }: NamedContent,
): boolean {
  if (sending !== 'meetings' || kind !== 'distinguished' || id.toLowerCase() !== COPIES)
    return false
  if (operation === 'GetFolder') return true
  if (operation !== 'CreateItem' || (isWhole && created.length === 0)) return false
  return created.every(name => NOTICES.has(name))
}

/** Whether a request creates items that aren't responses to stored ones, and names no folder for them. */
const lacksHome = ({ created, namesHome, isWhole }: ContentFacts): boolean =>
  isWhole && !namesHome && created.some(name => kindNamed(name)?.refers === undefined)

/** Whether the body of an operation names folders or items, and not subscriptions. */
const namesFolders = (operation: string): boolean => abilityOf(operation) !== 'events'

/**
 * Whether a request can save something outside of the drafts folder, or as something other than a draft. If it names no
 * folder for a new item, the server chooses one by the kind of the item.
 */
function leavesDrafts(
  operation: string,
  { named, created, itemClasses, writesState, namesHome, isWhole }: ContentFacts,
  kind: ServerKind | undefined,
): boolean {
  if (!SAVING.has(operation)) return false
  if (writesState || !named.every(mayBeDrafts) || created.some(isSavedBeside)) return true
  if (operation !== 'CreateItem' || namesHome) return false
  if (!behaviorOf(kind).savesByKind) return isWhole
  const isPlain = created.every(name => name === 'Message') && itemClasses.every(isMessage)
  return !isPlain || (isWhole && created.length === 0)
}

/** Whether a folder could be the drafts. {@link entriesOutside} evaluates a folder that is named by its ID. */
const mayBeDrafts = ({ kind, id, isDestination }: NamedContent): boolean =>
  !isDestination || kind === 'folder' || (kind === 'distinguished' && id.toLowerCase() === 'drafts')

const isMessage = (itemClass: string): boolean => {
  const folded = itemClass.toLowerCase()
  return folded === MESSAGE || folded.startsWith(`${MESSAGE}.`)
}

/** Whether a request that creates items changes, replaces, or copies stored ones, too. */
const changesStored = (operation: string, { created, overwrites }: ContentFacts): boolean =>
  overwrites ||
  (operation === 'CreateItem' && created.some(name => kindNamed(name)?.refers !== undefined))

/** Whether a server saves a response beside the item that it refers to, whatever folder the request names. */
const isSavedBeside = (name: string): boolean => kindNamed(name)?.isBeside === true

/** Whether a new item or response makes the server delete a stored item. An unknown kind could. */
const isDeleting = (name: string): boolean => {
  const kind = kindNamed(name)
  return kind === undefined || kind.refers === 'deletes'
}

function deletes(operation: string, { content, sends }: BodyFacts): boolean {
  if (content.deletes) return true
  if (operation === 'CreateItem' && content.created.some(isDeleting)) return true
  // A server moves a changed item only when it has sent it.
  if (!MOVING.has(operation) || (operation === 'UpdateItem' && !sends)) return false
  return (
    content.unknownDestination ||
    content.named.some(
      ({ kind, id, isDestination }) =>
        isDestination && (kind !== 'distinguished' || containsDeleted(id)),
    )
  )
}

const classOfStored = ({ isHidden, container }: StoredFolder): FolderClass | undefined =>
  isHidden ? 'hidden' : classOfContainer(container)

const classOfPlace = ({ isAssociated, itemClass }: StoredPlace): FolderClass | undefined =>
  isAssociated ? 'hidden' : classOfItem(itemClass)
