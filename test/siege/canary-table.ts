/**
 * Limits of the roles that the canaries are guarded by, written from the words of docs/profiles.md and
 * docs/protected-mailboxes.md. Nothing here comes from `src/policy`, so a mistake there is not repeated here.
 *
 * @module
 */

import type { ProfileName, RoleProfile } from '../../src/model/profile.ts'
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

export type Limits = Readonly<{
  /** Kinds of folders whose items a role reads; undefined: all. */
  reads: readonly Kind[] | undefined
  /** Kinds of folders whose items and folders a role changes; undefined: all. */
  writes: readonly Kind[] | undefined
  /** Allowed operations; undefined: all except the denied ones. */
  operations: ReadonlySet<string> | undefined
  denied: ReadonlySet<string>
  sends: 'everything' | 'meetings' | 'nothing'
  /** Whether items can disappear. */
  deletes: boolean
  /** Whether items can only be created in the drafts folder. */
  onlyDrafts: boolean
}>

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/).filter(Boolean))

const FOLDERS = ' GetFolder FindFolder SyncFolderHierarchy '
const WATCH = ' Subscribe GetEvents GetStreamingEvents Unsubscribe '
const SERVICE = ' GetServerTimeZones GetServiceConfiguration ConvertId '
const READ = ` FindItem GetItem SyncFolderItems GetAttachment ${FOLDERS}${WATCH}${SERVICE}`
const TIMES =
  ' FindAvailableMeetingTimes FindMeetingTimeCandidates GetUserAvailability GetRoomLists GetRooms '
const PEOPLE = ' ExpandDL GetMailTips GetUserPhoto ResolveNames '
const SAVE = ' CreateAttachment CreateItem UpdateItem '
/** Operations that open nothing that they name. The verdict on them depends on their answers alone. */
export const NAMELESS = words('ConvertId')
const WRITE = `${SAVE} CopyItem MoveItem CreateFolder UpdateFolder DeleteAttachment DeleteItem `

const NO_LIMITS: Limits = {
  reads: undefined,
  writes: undefined,
  operations: undefined,
  denied: new Set(),
  sends: 'everything',
  deletes: true,
  onlyDrafts: false,
}

const only = (
  operations: string,
  reads: readonly Kind[] | undefined,
  writes: readonly Kind[] | undefined,
  more: Partial<Limits> = {},
): Limits => ({
  ...NO_LIMITS,
  operations: words(operations),
  reads,
  writes,
  sends: 'nothing',
  ...more,
})

const DRAFTS = { deletes: false, onlyDrafts: true }
const PERSONAL: readonly Kind[] = ['mail', 'calendar', 'contacts', 'tasks', 'notes']

const PROFILES: Readonly<Record<ProfileName, Limits>> = {
  'calendar-read': only(READ + TIMES, ['calendar'], []),
  'calendar-write': only(READ + WRITE + TIMES + PEOPLE, ['calendar'], ['calendar'], {
    sends: 'meetings',
  }),
  'contacts-sync': only(READ + WRITE + PEOPLE, ['contacts'], ['contacts']),
  tasks: only(READ + WRITE, ['tasks'], ['tasks']),
  'mail-read': only(READ, ['mail'], []),
  'mail-draft': only(READ + SAVE + PEOPLE, ['mail'], ['mail'], DRAFTS),
  'export-only': only(`${READ} ExportItems`, undefined, []),
  'import-only': only(
    `${FOLDERS}${SERVICE} CreateAttachment CreateItem UploadItems CreateFolder CreateFolderPath`,
    [],
    undefined,
    { deletes: false },
  ),
  'no-send': {
    ...NO_LIMITS,
    denied: words('PlayOnPhone ReportMessage SendItem UpdateInboxRules SetUserOofSettings'),
    sends: 'nothing',
  },
  'no-delete': {
    ...NO_LIMITS,
    denied: words(
      'DeleteAttachment DeleteItem DeleteFolder EmptyFolder DeleteSearchSuggestion RemoveImGroup ' +
        'DeleteUserConfiguration RemoveContactFromImList RemoveDistributionGroupFromImList ' +
        'RemoveImContactFromGroup UpdateInboxRules',
    ),
    deletes: false,
  },
  'room-panel': only(
    `FindItem GetItem SyncFolderItems GetFolder ${WATCH}${TIMES}${SERVICE}`,
    ['calendar'],
    [],
  ),
  agent: only(READ + SAVE + TIMES + PEOPLE, PERSONAL, ['mail'], DRAFTS),
}

const LISTED = ['GetFolder', 'FindItem', 'UpdateItem']
const UNLISTED = ['GetItem', 'SyncFolderItems', 'Subscribe']

/** Every profile, and lists of operations with and without one. */
export const LIMITED: readonly Readonly<{ profile: RoleProfile; limits: Limits }>[] = [
  ...(Object.entries(PROFILES) as [ProfileName, Limits][]).map(([name, limits]) => ({
    profile: { name },
    limits,
  })),
  {
    profile: { allowedOperations: LISTED },
    limits: { ...NO_LIMITS, operations: new Set(LISTED) },
  },
  {
    profile: { name: 'mail-read', deniedOperations: UNLISTED },
    limits: { ...PROFILES['mail-read'], denied: new Set(UNLISTED) },
  },
]

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
