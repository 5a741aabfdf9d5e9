/**
 * Evaluates whether the content of a request is inside the profile of its role.
 *
 * @module
 */

import type { BodyFacts, ContentFacts, NamedContent } from '../model/envelope.ts'
import type { FolderClass, ProfileName, RoleProfile } from '../model/profile.ts'
import type { ContentResult, StoredFolder, StoredPlace } from '../model/stored-content.ts'
import {
  classOfContainer,
  classOfElement,
  classOfFolder,
  classOfItem,
  containsDeleted,
} from './folder-classes.ts'
import { type Ability, abilityOf } from './profile-abilities.ts'
import { type Access, accessOf, findProfile, type Profile } from './profiles.ts'

/** Responses to meetings after which servers delete the request or the appointment. */
const DELETING_RESPONSES: ReadonlySet<string> = new Set([
  'AcceptItem',
  'CancelCalendarItem',
  'DeclineItem',
  'RemoveItem',
  'TentativelyAcceptItem',
])
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
/** Classes of folders of an operation whose body names none. Other operations must name something. */
const UNNAMED: ReadonlyMap<string, readonly FolderClass[]> = new Map([
  ['SyncFolderHierarchy', ['root']],
  ['ConvertId', []],
  ['CreateItem', []],
  ['ResolveNames', []],
])
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
export function excludesBody(name: ProfileName, operation: string, facts: BodyFacts): boolean {
  const profile = findProfile(name)
  if (profile === undefined) return true
  const { abilities, sending, deleting, draftsOnly } = profile
  const { content } = facts
  const lacks = (ability: Ability) => abilities[ability] === undefined
  if (facts.hiddenRules && lacks('inbox-rules')) return true
  if (facts.grants && lacks('change-settings')) return true
  if (facts.sends && sending === 'nothing') return true
  if (!deleting && deletes(operation, content)) return true
  if (draftsOnly && operation === 'CreateItem' && !content.named.every(isDrafts)) return true
  const access = accessOf(name, operation)
  if (isLimited(access)) return leaves(access, operation, facts)
  return access === 'none' || (hasClasses(profile) && namesContent(content))
}

/** Whether a profile is limited to classes of folders. Then operations without a class must name no content. */
const hasClasses = ({ abilities }: Profile): boolean =>
  Object.values(abilities).some(classes => classes !== 'any')

/** Whether a body names something in a mailbox, such as a private distribution list. */
const namesContent = ({ named, unknownNames }: ContentFacts): boolean =>
  named.length > 0 || unknownNames

/** Folders and items that a body names by IDs, and whose classes decide; undefined if no class matters. */
export function contentToCheck(
  name: ProfileName,
  operation: string,
  { named }: ContentFacts,
): readonly NamedContent[] | undefined {
  if (!isLimited(accessOf(name, operation))) return undefined
  const byId = named.filter(({ kind }) => kind !== 'distinguished')
  return byId.length === 0 ? undefined : byId
}

/** Whether a profile denies folders and items that a body names by IDs. */
export function excludesContent(
  name: ProfileName,
  operation: string,
  content: ContentFacts,
  { folders, items }: ContentResult,
): boolean {
  const access = accessOf(name, operation)
  if (!isLimited(access)) return access === 'none'
  const needsDraft = findProfile(name)?.draftsOnly && CHANGING.has(operation)
  const mayReach = (item: StoredPlace | undefined): boolean =>
    item !== undefined &&
    contains(access, classOfPlace(item)) &&
    contains(access, classOfStored(item.folder)) &&
    (item.isDraft || !needsDraft) &&
    !(content.allProperties && isMeeting(item) && !contains(access, 'calendar'))
  return !(
    folders.every(folder => folder && contains(access, classOfStored(folder))) &&
    items.every(mayReach)
  )
}

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

const isMeeting = ({ itemClass }: StoredPlace): boolean =>
  itemClass.toLowerCase().startsWith(MEETING)

const isLimited = (access: Access): access is readonly FolderClass[] => typeof access !== 'string'

const contains = (access: readonly FolderClass[], one: FolderClass | undefined): boolean =>
  one !== undefined && access.includes(one)

/** Whether a body leaves the classes of folders, by names, classes, and shapes. */
function leaves(access: readonly FolderClass[], operation: string, facts: BodyFacts): boolean {
  const { content, unknownMailbox } = facts
  const { unknownNames, unknownClass, writesClassProperty, allFolders, searchFolders } = content
  if (unknownMailbox || unknownNames || unknownClass || writesClassProperty) return true
  if (allFolders || searchFolders) return true
  const needed: (FolderClass | undefined)[] = [
    ...content.created.map(classOfElement),
    ...content.itemClasses.map(classOfItem),
    ...content.containers.map(classOfContainer),
    ...content.named.flatMap(({ kind, id }) =>
      kind === 'distinguished' ? [classOfFolder(id)] : [],
    ),
  ]
  if (content.hidden) needed.push('hidden')
  if (content.contacts) needed.push('contacts')
  if (content.otherMeetings) needed.push('calendar')
  if (content.isWhole && content.named.length === 0 && namesFolders(operation))
    needed.push(...(UNNAMED.get(operation) ?? [undefined]))
  return !needed.every(one => contains(access, one))
}

/** Whether the body of an operation names folders or items, and not subscriptions. */
const namesFolders = (operation: string): boolean => abilityOf(operation) !== 'events'

const isDrafts = ({ kind, id, isDestination }: NamedContent): boolean =>
  !isDestination || (kind === 'distinguished' && id.toLowerCase() === 'drafts')

function deletes(operation: string, content: ContentFacts): boolean {
  if (content.deletes || content.created.some(name => DELETING_RESPONSES.has(name))) return true
  return (
    MOVING.has(operation) &&
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
