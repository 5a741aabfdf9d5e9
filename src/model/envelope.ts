/**
 * What the gateway knows of a request once it has read it. Syntax only: no user, no role.
 *
 * @module
 */

import type { ConnectingSid } from './identity.ts'

/** The SOAP 1.1 envelope namespace. */
export const SOAP_NS = 'http://schemas.xmlsoap.org/soap/envelope/'
/** The namespace of EWS operations. */
export const MESSAGES_NS = 'http://schemas.microsoft.com/exchange/services/2006/messages'
/** The namespace of EWS types and SOAP headers. */
export const TYPES_NS = 'http://schemas.microsoft.com/exchange/services/2006/types'
/** The namespace of a fault's ResponseCode and Message. */
export const ERRORS_NS = 'http://schemas.microsoft.com/exchange/services/2006/errors'
/** The namespace of WS-Addressing. */
export const ADDRESSING_NS = 'http://www.w3.org/2005/08/addressing'
/** The namespace of Autodiscover as SOAP. */
export const AUTODISCOVER_NS = 'http://schemas.microsoft.com/exchange/2010/Autodiscover'

/** An element's name as written, and the namespace declarations on it: `[prefix, URI]`. */
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
  /** TimeZoneContext, written anew in the types namespace. */
  timeZoneContext?: string
  connectingSid?: ConnectingSid
  /** Local name of the operation element, which is in the messages namespace. */
  requestElement: string
  /** Bytes before the `<` of the operation element. */
  length: number
}>

/** A mailbox that the body names beside the impersonated one, by its address. */
export type NamedMailbox = Readonly<{
  address: string
  /** Whose it may be: the impersonated user's own, or that of any user the role may impersonate. */
  allowed: 'own' | 'permitted'
}>

/** A stored item that a request sends without repeating who sends it. */
export type SentItem = Readonly<{
  id: string
  /** The ChangeKey that the stored item must have; absent: the server compares none. */
  changeKey?: string
  /** Sent only if it is a meeting. */
  onlyMeetings?: true
}>

/** What the operation element says that matters to a decision or the audit. */
export type BodyFacts = Readonly<{
  mailboxes: readonly NamedMailbox[]
  pushSubscription: boolean
  /** Ids of the subscriptions whose events are asked for, or that are ended, at most 200. */
  subscriptions: readonly string[]
  /** Names a subscription that is empty or too long, or too many of them. */
  unknownSubscription: boolean
  /** Names a mailbox, or may, in a way that cannot be compared with a user. */
  unknownMailbox: boolean
  /** GUIDs, in lower case, of the mailboxes that ids point into, at most 500. */
  mailboxGuids: readonly string[]
  /** Has ids of which only the server can tell whose mailbox they point into. */
  opaqueIds: boolean
  /** Sets permissions on a folder, or accepts those of somebody else. */
  grants: boolean
  /** Sends something: mail, invitations, cancellations, read receipts. */
  sends: boolean
  /** Who sends it, by address, where the request says so. */
  senders: readonly string[]
  /** Says who sends it in a way that cannot be compared with a user. */
  unknownSender: boolean
  /** Stored items that it sends, at most 500. */
  sentItems: readonly SentItem[]
  /** Sends a stored item that the upstream can't be asked about. */
  unknownSentItem: boolean
  /** Makes hidden items, inbox rules, or the content that inbox rules are made of. */
  hiddenRules: boolean
  /** Changes what installs apps in the mailbox. */
  installsApps: boolean
  /** Contains a folder, item or other id (ConvertId's AlternateId is none). */
  hasIds: boolean
  /** The first 100 of each, for the audit. */
  folders: readonly string[]
  items: readonly string[]
  itemCount: number
  /** GetStreamingEvents: minutes. */
  connectionTimeout?: number
  /** Subscribe: minutes for which the upstream keeps a pull subscription that isn't used. */
  subscriptionTimeout?: number
}>
