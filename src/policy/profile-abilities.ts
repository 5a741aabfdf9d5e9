/**
 * Groups all operations into abilities, for the profiles: what an operation does, and which folders it can reach.
 *
 * @module
 */

/**
 * Folders that an operation can reach. `named`: those that its body names, or that contain the items that its body
 * names. `watched`: those that its subscriptions watch. `calendar`: the default calendar. `nothing`: none.
 * `everything`: any folder of the mailbox, whatever the body names.
 */
export type Reach = 'named' | 'watched' | 'calendar' | 'nothing' | 'everything'

type Row = Readonly<{
  reach: Reach
  /** Description of the operations, which follows "can" and "can't". */
  words: string
  /** Names of operations, separated by spaces. */
  operations: string
}>

const ability = (reach: Reach, words: string, operations: string): Row => ({
  reach,
  words,
  operations,
})

/** All abilities. An operation that no ability contains is in no profile. */
const ABILITIES = {
  'read-items': ability('named', 'read items', 'FindItem GetItem SyncFolderItems'),
  attachments: ability('named', 'read attachments', 'GetAttachment'),
  'open-folders': ability('named', 'read the name and the size of a folder', 'GetFolder'),
  'list-folders': ability('named', 'list folders', 'FindFolder SyncFolderHierarchy'),
  notifications: ability('named', 'subscribe to changes', 'Subscribe'),
  events: ability(
    'watched',
    'get notifications of changes',
    'GetEvents GetStreamingEvents Unsubscribe',
  ),
  search: ability(
    'everything',
    'search all folders at once, read whole conversations, and read reminders',
    'EndSearchSession ExecuteSearch FindConversation FindPeople GetConversationItems GetImItemList ' +
      'GetImItems GetPersona GetReminders GetSearchSuggestions StartSearchSession',
  ),
  export: ability('everything', 'export items as backups do', 'ExportItems'),
  'create-items': ability('named', 'save new items', 'CreateItem'),
  'change-items': ability(
    'named',
    'change items and add attachments to them',
    'CreateAttachment UpdateItem',
  ),
  'move-items': ability('named', 'move and copy items between these folders', 'CopyItem MoveItem'),
  'mark-items': ability(
    'everything',
    'archive items, mark items as junk, mark whole folders as read, and move conversations',
    'ApplyConversationAction ArchiveItem MarkAllItemsAsRead MarkAsJunk',
  ),
  import: ability('everything', 'upload exported items', 'UploadItems'),
  'create-folders': ability('named', 'create folders', 'CreateFolder'),
  'create-paths': ability('everything', 'create paths of folders', 'CreateFolderPath'),
  'change-folders': ability('named', 'rename and change folders', 'UpdateFolder'),
  'move-folders': ability('everything', 'move and copy whole folders', 'CopyFolder MoveFolder'),
  'delete-items': ability('named', 'delete items and attachments', 'DeleteAttachment DeleteItem'),
  'delete-folders': ability('everything', 'delete and empty folders', 'DeleteFolder EmptyFolder'),
  send: ability(
    'everything',
    'send mail, report messages, and start phone calls',
    'PlayOnPhone ReportMessage SendItem',
  ),
  availability: ability(
    'calendar',
    'read free/busy times',
    'FindAvailableMeetingTimes FindMeetingTimeCandidates GetUserAvailability',
  ),
  rooms: ability('nothing', 'list rooms', 'GetRoomLists GetRooms'),
  'address-book': ability(
    'nothing',
    'search the address book of the server',
    'ExpandDL GetMailTips GetUserPhoto',
  ),
  names: ability('named', 'resolve names', 'ResolveNames'),
  service: ability(
    'nothing',
    'read time zones and service settings',
    'GetServerTimeZones GetServiceConfiguration',
  ),
  'convert-ids': ability('named', 'convert IDs', 'ConvertId'),
  settings: ability(
    'everything',
    'read settings of the mailbox, such as delegates, inbox rules, and out-of-office replies',
    'FindTags GetAppManifests GetAppMarketplaceUrl GetDelegate GetInboxRules ' +
      'GetLastPrivateCatalogUpdate GetPasswordExpirationDate GetPhoneCallInformation ' +
      'GetPrivateCatalogAddIns GetSharingFolder GetSpecificUserConfiguration ' +
      'GetUserConfiguration GetUserOofSettings GetUserRetentionPolicyTags',
  ),
  'change-settings': ability(
    'everything',
    'change settings of the mailbox, such as delegates, contact groups, and user configurations',
    'AddDelegate AddDistributionGroupToImList AddImContactToGroup AddImGroup ' +
      'AddNewImContactToGroup AddNewTelUriContactToGroup AddTag CreateManagedFolder ' +
      'CreateUserConfiguration DisconnectPhoneCall HideTag RefreshSharingFolder RemoveDelegate ' +
      'SetImGroup SetImListMigrationCompleted SetUserPhoto UnpinTeamMailbox UpdateDelegate ' +
      'UpdateExtensionUsage UpdateUserConfiguration',
  ),
  'delete-settings': ability(
    'everything',
    'delete contact groups, user configurations, and search suggestions',
    'DeleteSearchSuggestion DeleteUserConfiguration RemoveContactFromImList ' +
      'RemoveDistributionGroupFromImList RemoveImContactFromGroup RemoveImGroup',
  ),
  'inbox-rules': ability('everything', 'change inbox rules', 'UpdateInboxRules'),
  'out-of-office': ability('everything', 'change out-of-office replies', 'SetUserOofSettings'),
} as const satisfies Record<string, Row>

export type Ability = keyof typeof ABILITIES

/** All abilities, in the order of the table. */
export const ABILITY_NAMES = Object.keys(ABILITIES) as Ability[]

/** Returns the words for an ability, which follow "can" and "can't". */
export const wordsOfAbility = (name: Ability): string => ABILITIES[name].words

export const operationsOf = (name: Ability): readonly string[] =>
  ABILITIES[name].operations.split(' ')

/** Returns which folders the operations of an ability can reach. */
export const reachOfAbility = (name: Ability): Reach => ABILITIES[name].reach

const ABILITY_OF: ReadonlyMap<string, Ability> = new Map(
  ABILITY_NAMES.flatMap(name => operationsOf(name).map(operation => [operation, name] as const)),
)

/** Returns the ability of an operation; undefined if no profile contains the operation. */
export const abilityOf = (operation: string): Ability | undefined => ABILITY_OF.get(operation)

/**
 * Rulings about operations whose responses can contain more than the folders that a request names, under a profile that
 * is limited to classes of folders. The gateway leaves parts out of lists, and denies the other operations, or allows a
 * part of them.
 */
export const RULINGS: readonly Readonly<{
  operation: string
  ruling: 'deny' | 'filter' | 'narrow'
  /** Describes the allowed part, and says why the rest is denied or left out. */
  reason: string
}>[] = [
  {
    operation: 'SyncFolderHierarchy',
    ruling: 'filter',
    reason:
      'The response has the names and sizes of all folders below a folder. Folders of other classes are left out. ' +
      'Without a folder, it starts at the root.',
  },
  {
    operation: 'FindFolder',
    ruling: 'filter',
    reason:
      'The response has the names and sizes of all folders below the named folders. Each of the named folders must ' +
      'be in the profile. Folders of other classes are left out.',
  },
  {
    operation: 'FindItem',
    ruling: 'filter',
    reason:
      'The response has items of all named folders. Each of them must be in the profile. Items of other classes are ' +
      'left out. Hidden and soft-deleted items need the class of hidden folders, because soft-deleted items come from ' +
      'all folders. The request must not group items, because a group has a value of its items.',
  },
  {
    operation: 'SyncFolderItems',
    ruling: 'filter',
    reason:
      'The response has the changes of the named folder. New and changed items of other classes are left out.',
  },
  {
    operation: 'GetFolder',
    ruling: 'filter',
    reason:
      'The response has a result for each folder. For folders of other classes, it says that there is no such folder. ' +
      'If all are of other classes, the request is denied.',
  },
  {
    operation: 'FindConversation',
    ruling: 'deny',
    reason: 'A conversation has senders, subjects, and IDs of items in other folders.',
  },
  {
    operation: 'GetConversationItems',
    ruling: 'deny',
    reason: 'The response has the items of a conversation in all folders.',
  },
  {
    operation: 'Search folders',
    ruling: 'deny',
    reason:
      'A search folder shows items of other folders. It can be neither read nor created nor changed, by name or ID.',
  },
  {
    operation: 'SubscribeToAllFolders',
    ruling: 'deny',
    reason: 'The events are about all folders. Subscribe must name its folders instead.',
  },
  {
    operation: 'ConvertId',
    ruling: 'narrow',
    reason:
      'The response has only the IDs of the request in another form. A converted ID gives no access, because the ' +
      'gateway asks for the class of each ID when it is used. IDs of public folders are denied.',
  },
  {
    operation: 'ResolveNames',
    ruling: 'narrow',
    reason:
      "By default, the response has the user's contacts. Without the class of contacts, SearchScope must be " +
      'ActiveDirectory.',
  },
  {
    operation: 'ExpandDL',
    ruling: 'narrow',
    reason:
      'A distribution list that is named by an ID is a contact of the user, so the request must not contain an ID. ' +
      'The same applies to GetMailTips, and to all other operations whose folders are any.',
  },
  {
    operation: 'GetItem',
    ruling: 'filter',
    reason:
      'The response has a result for each item. For items of other classes, it says that there is no such item. If all ' +
      'are of other classes, the request is denied. The same applies to GetAttachment. A meeting request can show other ' +
      'appointments of the user. So without the class of calendars, it counts as of another class if the request asks ' +
      'for all properties, or for adjacent or conflicting meetings, here and in lists.',
  },
  {
    operation: 'FindPeople',
    ruling: 'deny',
    reason: 'A person is put together from contacts, mail, and the address book.',
  },
  {
    operation: 'UploadItems',
    ruling: 'deny',
    reason:
      'The gateway does not read what is uploaded, so it does not know the class of the item.',
  },
  {
    operation: 'MoveFolder',
    ruling: 'deny',
    reason:
      'Folders below the folder can have other classes. The same applies to CopyFolder and DeleteFolder.',
  },
]
