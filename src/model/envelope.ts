/**
 * Facts about a request after parsing. They depend only on its text, not on users or roles.
 *
 * @module
 */

import type { ConnectingSid } from './identity.ts'

/** Namespace of SOAP 1.1 envelopes. */
export const SOAP_NS = 'http://schemas.xmlsoap.org/soap/envelope/'
/** Namespace of EWS operations. */
export const MESSAGES_NS = 'http://schemas.microsoft.com/exchange/services/2006/messages'
/** Namespace of EWS types and SOAP headers. */
export const TYPES_NS = 'http://schemas.microsoft.com/exchange/services/2006/types'
/** Namespace of a fault's ResponseCode and Message. */
export const ERRORS_NS = 'http://schemas.microsoft.com/exchange/services/2006/errors'
/** Namespace of WS-Addressing. */
export const ADDRESSING_NS = 'http://www.w3.org/2005/08/addressing'
/** Namespace of SOAP Autodiscover. */
export const AUTODISCOVER_NS = 'http://schemas.microsoft.com/exchange/2010/Autodiscover'

/** Name of an element as written, and its namespace declarations: `[prefix, URI]`. */
export type Frame = Readonly<{
  name: string
  namespaces: readonly (readonly [prefix: string, uri: string])[]
}>

/** Everything before the operation element. */
export type Prologue = Readonly<{
  envelope: Frame
  body: Frame
  /** `Version` of RequestServerVersion. */
  requestServerVersion?: string
  mailboxCulture?: string
  dateTimePrecision?: string
  /** TimeZoneContext, rewritten in the types namespace. */
  timeZoneContext?: string
  connectingSid?: ConnectingSid
  /** Local name of the operation element, which is in the messages namespace. */
  requestElement: string
  /** Number of bytes before the `<` of the operation element. */
  length: number
}>

/** A mailbox that the body names by address, in addition to the impersonated one. */
export type NamedMailbox = Readonly<{
  address: string
  /**
   * Allowed owner. `own`: the impersonated user. `permitted`: any user that the role can impersonate. `converted`: the
   * same as `own`, or as `permitted` for the neutral mailbox, because an ID is only converted.
   */
  allowed: 'own' | 'permitted' | 'converted'
}>

/** A stored item that a request sends. The request does not contain its sender. */
export type SentItem = Readonly<{
  id: string
  /** ChangeKey that the stored item must have. If absent, the server compares none. */
  changeKey?: string
  /** Whether the item is sent only if it is a meeting. */
  onlyMeetings?: true
}>

/** A folder or item that a body names. The name of an attachment counts as that of its item. */
export type NamedContent = Readonly<{
  /** `distinguished`: a folder by its name. The others are named by IDs. */
  kind: 'distinguished' | 'folder' | 'item'
  id: string
  /** Whether the request puts items or folders there. */
  isDestination: boolean
}>

/** Facts about the folders and items that a body names, and about the classes that it writes, for profiles. */
export type ContentFacts = Readonly<{
  /** Folders and items, at most 500. */
  named: readonly NamedContent[]
  /** Whether the request names more, or something that is neither a folder nor an item. */
  unknownNames: boolean
  /** Whether one of the names that are not in `named` is that of a destination. */
  unknownDestination: boolean
  /**
   * The folders and items of `named` as entries of the request's list, in order and with repetitions, if the response
   * has one message for each. Empty if something else is in the list, or something is named outside of it.
   */
  entries: readonly NamedContent[]
  /** Names of the elements of new items and folders, and of responses to items. */
  created: readonly string[]
  /** Item classes that the request writes. */
  itemClasses: readonly string[]
  /** Container classes that the request writes. */
  containers: readonly string[]
  /** Whether the request writes a class that is too long or one of too many. */
  unknownClass: boolean
  /** Whether the request writes a property that contains, or can contain, a class. */
  writesClassProperty: boolean
  /** Whether the request writes something that says whether a message is a draft, and doesn't keep a new one a draft. */
  writesState: boolean
  /** Whether the request reads hidden items. */
  hidden: boolean
  /** Whether the request subscribes to all folders. */
  allFolders: boolean
  /** Whether the request creates or changes a search folder. */
  searchFolders: boolean
  /** Whether the request searches the user's contacts. */
  contacts: boolean
  /** Whether the request asks for fields of a meeting request that show other appointments. */
  otherMeetings: boolean
  /** Whether the request asks for all properties of items. */
  allProperties: boolean
  /** Whether the request makes the server move items to the archive later. */
  archives: boolean
  /** Whether the request deletes items by an operation that also does something else. */
  deletes: boolean
  /** Whether the request can replace stored items by uploaded ones. */
  overwrites: boolean
  /** Whether the request names the folder in which it saves new items, at the place where servers look for it. */
  namesHome: boolean
  /** Whether the operation element has been read completely. */
  isWhole: boolean
}>

/** Facts in the operation element that a decision or the audit needs. */
export type BodyFacts = Readonly<{
  mailboxes: readonly NamedMailbox[]
  pushSubscription: boolean
  /** IDs of at most 200 subscriptions whose events are requested, or that are ended. */
  subscriptions: readonly string[]
  /** Whether the request names an empty or too long subscription ID, or too many of them. */
  unknownSubscription: boolean
  /** Whether the request names, or can name, a mailbox in a way that cannot be compared with a user. */
  unknownMailbox: boolean
  /**
   * Lowercase GUIDs of at most 500 mailboxes that IDs in the body belong to. A mailbox of grommunio has the GUID of its
   * database, a slash, and its own GUID. Those of entry IDs are read by `mailboxInEntry()`.
   */
  mailboxGuids: readonly string[]
  /**
   * Whether the request contains IDs, synchronization states, or watermarks whose mailbox only the server can determine.
   */
  opaqueIds: boolean
  /** Whether one of them is neither a synchronization state nor a watermark. */
  unknownIds: boolean
  /** Whether the request sets permissions on a folder, or accepts permissions from another user. */
  grants: boolean
  /** Whether the request sends mail, invitations, cancellations, or read receipts. */
  sends: boolean
  /** Addresses of senders, if the request has any. */
  senders: readonly string[]
  /** Whether the request names a sender in a way that cannot be compared with a user. */
  unknownSender: boolean
  /** Stored items that the request sends, at most 500. */
  sentItems: readonly SentItem[]
  /** Whether the request sends a stored item that the gateway can't read from the upstream. */
  unknownSentItem: boolean
  /**
   * Whether a server could take headers of a message from a name or value of another header, or from an attachment of an
   * item that is sent.
   */
  foreignHeaders: boolean
  /** Facts for a server that sends nothing in an update without an attribute that says so, if they differ. */
  ifQuiet?: SendingFacts
  /** Whether the request creates hidden items, inbox rules, or content of inbox rules. */
  hiddenRules: boolean
  /** Whether the request changes items that install apps in the mailbox. */
  installsApps: boolean
  /** Whether the request contains the ID of a folder, an item, or another object, except one that it only converts. */
  hasIds: boolean
  content: ContentFacts
  /** First 100 folder IDs, for the audit. `items` has the first 100 item IDs. */
  folders: readonly string[]
  items: readonly string[]
  itemCount: number
  /** ConnectionTimeout of GetStreamingEvents, in minutes. */
  connectionTimeout?: number
  /** Timeout of Subscribe: minutes for which the upstream keeps an unused pull subscription. */
  subscriptionTimeout?: number
}>

/** Facts about the items that a request sends. */
type SendingFacts = Pick<
  BodyFacts,
  'sends' | 'senders' | 'unknownSender' | 'sentItems' | 'unknownSentItem' | 'foreignHeaders'
>
