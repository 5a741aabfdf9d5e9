/**
 * Effects that each operation can have in the sandbox. A run ends if an operation has neither effects nor a reason why
 * it has none, finds a request with another effect, and, if it is long, finds each effect.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { type EffectName, type Effects, namesOf } from './canary-effects.ts'

type Fact = Readonly<{
  operation: string
  class: string
  readOnlyAllowed: boolean
  source: string
}>

const FILE = new URL('../../fixtures/ews-operations.json', import.meta.url)
const FACTS = JSON.parse(readFileSync(FILE, 'utf8')) as readonly Fact[]

/** Operations that no role can use: those for apps, tokens, and administration, and those that no WSDL lists. */
const NEVER: ReadonlySet<string> = new Set(
  FACTS.filter(
    ({ class: one, source, readOnlyAllowed }) =>
      /^(admin|token)$/.test(one) || (!/^WSDL/.test(source) && !readOnlyAllowed),
  ).map(({ operation }) => operation),
)

/** Whether no role can use an operation. */
export const isNever = (operation: string): boolean => NEVER.has(operation)

/** The sandbox answers, and the answer has nothing of a mailbox. */
const NOTHING = 'nothing of a mailbox'
// Nothing of these is in the sandbox, so their names alone are compared with what the role can use.
const GROUPS = 'contact groups and tags'
const PHONES = 'phones'
const CATALOG = 'apps, and settings of the server'
const SEARCHES = 'search sessions, people, and suggestions'
const SHARES = 'shares of other organizations, and sites'
const MEETINGS = 'suggested times of meetings, whose algorithm is unknown'
const REMINDERS = 'reminders'
const MANAGED = 'managed folders, which an administrator defines'
const REPORTS = 'reports to Microsoft'

const LISTS = ['reads items', 'tells items'] as const

const OPERATIONS: Readonly<Record<string, readonly EffectName[] | string>> = {
  AddDelegate: ['grants access', 'sets settings'],
  ApplyConversationAction: [
    ...(['changes items', 'moves items', 'copies items', 'removes items'] as const),
    ...(['sends receipts', 'deletes later', 'archives later'] as const),
    ...(['makes rules', 'sets settings'] as const),
  ],
  ArchiveItem: ['moves items', 'makes folders'],
  ConvertId: ['tells items'],
  CopyFolder: ['makes folders', 'copies items'],
  CopyItem: ['copies items'],
  CreateAttachment: ['changes items', 'tells items'],
  CreateFolder: [
    'makes folders',
    'grants access',
    'makes rules',
    'deletes later',
    'archives later',
  ],
  CreateFolderPath: ['makes folders', 'grants access'],
  CreateItem: [
    ...(['saves items', 'copies items', 'removes items'] as const),
    ...(['sends', 'sends later', 'deletes later', 'archives later', 'grants access'] as const),
    ...(['makes rules', 'hides items', 'sets settings'] as const),
  ],
  CreateUserConfiguration: ['sets settings'],
  DeleteAttachment: ['changes items', 'tells items'],
  DeleteFolder: ['moves folders', 'removes folders', 'removes items'],
  DeleteItem: ['moves items', 'removes items', 'sends'],
  DeleteUserConfiguration: ['sets settings'],
  EmptyFolder: ['moves items', 'removes items', 'removes folders'],
  // A list in the contacts.
  ExpandDL: ['reads items', 'tells addresses'],
  ExportItems: [...LISTS, 'reads files'],
  FindConversation: LISTS,
  FindFolder: ['tells folders'],
  FindItem: LISTS,
  GetAttachment: ['reads files', 'reads items'],
  GetConversationItems: [...LISTS, 'reads files'],
  GetDelegate: ['reads settings'],
  GetEvents: ['tells items'],
  GetFolder: ['tells folders'],
  GetInboxRules: ['reads settings'],
  GetItem: [...LISTS, 'reads files'],
  GetMailTips: ['reads settings', 'tells addresses'],
  GetStreamingEvents: ['tells items'],
  GetUserAvailability: ['reads items'],
  // With the ID of the request.
  GetUserConfiguration: ['reads settings', 'tells folders', 'tells items'],
  GetUserOofSettings: ['reads settings'],
  MarkAllItemsAsRead: ['changes items', 'sends receipts'],
  MarkAsJunk: ['moves items', 'sets settings'],
  MoveFolder: ['moves folders', 'tells folders'],
  MoveItem: ['moves items', 'removes items'],
  RemoveDelegate: ['sets settings'],
  ResolveNames: ['reads items', 'tells addresses'],
  SendItem: ['sends', 'moves items', 'removes items'],
  SetUserOofSettings: ['sets settings'],
  Subscribe: ['watches'],
  SyncFolderHierarchy: ['tells folders'],
  SyncFolderItems: LISTS,
  Unsubscribe: ['ends watches'],
  UpdateDelegate: ['grants access', 'sets settings'],
  UpdateFolder: [
    'changes folders',
    'tells folders',
    'grants access',
    'makes rules',
    'deletes later',
    'archives later',
  ],
  UpdateInboxRules: ['makes rules', 'sends later', 'sets settings'],
  UpdateItem: [
    ...(['changes items', 'tells items', 'moves items', 'sends', 'sends receipts'] as const),
    ...(['sends later', 'deletes later', 'archives later', 'makes rules'] as const),
  ],
  UpdateUserConfiguration: ['sets settings'],
  UploadItems: [
    ...(['saves items', 'changes items', 'tells items'] as const),
    ...(['makes rules', 'hides items', 'installs apps'] as const),
  ],

  GetRoomLists: NOTHING,
  GetRooms: NOTHING,
  GetServerTimeZones: NOTHING,

  AddDistributionGroupToImList: GROUPS,
  AddImContactToGroup: GROUPS,
  AddImGroup: GROUPS,
  AddNewImContactToGroup: GROUPS,
  AddNewTelUriContactToGroup: GROUPS,
  AddTag: GROUPS,
  CreateManagedFolder: MANAGED,
  DeleteSearchSuggestion: SEARCHES,
  DisconnectPhoneCall: PHONES,
  EndSearchSession: SEARCHES,
  ExecuteSearch: SEARCHES,
  FindAvailableMeetingTimes: MEETINGS,
  FindMeetingTimeCandidates: MEETINGS,
  FindPeople: SEARCHES,
  FindTags: GROUPS,
  GetAppManifests: CATALOG,
  GetAppMarketplaceUrl: CATALOG,
  GetImItemList: GROUPS,
  GetImItems: GROUPS,
  GetLastPrivateCatalogUpdate: CATALOG,
  GetPasswordExpirationDate: CATALOG,
  GetPersona: SEARCHES,
  GetPhoneCallInformation: PHONES,
  GetPrivateCatalogAddIns: CATALOG,
  GetReminders: REMINDERS,
  GetSearchSuggestions: SEARCHES,
  GetServiceConfiguration: CATALOG,
  GetSharingFolder: SHARES,
  GetSpecificUserConfiguration: CATALOG,
  GetUserPhoto: CATALOG,
  GetUserRetentionPolicyTags: CATALOG,
  HideTag: GROUPS,
  PlayOnPhone: PHONES,
  RefreshSharingFolder: SHARES,
  RemoveContactFromImList: GROUPS,
  RemoveDistributionGroupFromImList: GROUPS,
  RemoveImContactFromGroup: GROUPS,
  RemoveImGroup: GROUPS,
  ReportMessage: REPORTS,
  SetImGroup: GROUPS,
  SetImListMigrationCompleted: GROUPS,
  SetUserPhoto: CATALOG,
  StartSearchSession: SEARCHES,
  UnpinTeamMailbox: SHARES,
  UpdateExtensionUsage: CATALOG,
}

/** Returns an effect that an operation isn't known to have; undefined if there is none. */
export function unlistedEffect(effects: Effects): EffectName | undefined {
  const known = effectsOf(effects.operation)
  return namesOf(effects).find(name => !known.includes(name))
}

/** Returns the effects that an operation can have. */
function effectsOf(operation: string): readonly EffectName[] {
  const known = OPERATIONS[operation]
  return typeof known === 'object' ? known : []
}

/** All operations with all their effects, as `OPERATION EFFECT`. */
export const ALL_EFFECTS: readonly string[] = Object.keys(OPERATIONS).flatMap(operation =>
  effectsOf(operation).map(name => `${operation} ${name}`),
)

/** @throws Error if an operation has neither effects nor a reason, or more than one of them */
function checkOperations() {
  const known = new Set(FACTS.map(({ operation }) => operation))
  const wrong = [
    ...FACTS.map(({ operation }) => operation).filter(
      operation => NEVER.has(operation) === Object.hasOwn(OPERATIONS, operation),
    ),
    ...Object.keys(OPERATIONS).filter(operation => !known.has(operation)),
  ]
  if (wrong.length > 0)
    throw new Error(`test/siege/canary-operations.ts lacks effects or a reason for ${wrong}`)
}

checkOperations()
