/**
 * Where requests name a mailbox beside the one in their header.
 *
 * Elements are matched by local name and at any depth, because servers look no closer.
 *
 * @module
 */

import type { NamedMailbox } from '../model/envelope.ts'

/** An element that names a mailbox: by the text of a child, or by its own text. */
export type Selector = Readonly<{
  element: string
  /** Local name of the child that holds the address; absent: the element's own text does. */
  child?: string
  allowed: NamedMailbox['allowed']
}>

const own = (element: string, child?: string): Selector =>
  child === undefined ? { element, allowed: 'own' } : { element, child, allowed: 'own' }

const permitted = (element: string, child?: string): Selector =>
  child === undefined ? { element, allowed: 'permitted' } : { element, child, allowed: 'permitted' }

/** By request element. ExpandDL's list and ConvertId's Mailbox name no mailbox that is opened. */
const BY_REQUEST: Readonly<Record<string, readonly Selector[]>> = {
  AddDelegate: [own('Mailbox', 'EmailAddress')],
  AddDistributionGroupToImList: [own('SmtpAddress')],
  CreateManagedFolder: [own('Mailbox', 'EmailAddress')],
  FindAvailableMeetingTimes: [own('SmtpAddress')],
  FindMeetingTimeCandidates: [own('Email', 'EmailAddress')],
  GetDelegate: [own('Mailbox', 'EmailAddress')],
  GetInboxRules: [own('MailboxSmtpAddress')],
  GetMailTips: [own('SendingAs', 'EmailAddress'), permitted('Mailbox', 'EmailAddress')],
  GetPasswordExpirationDate: [own('MailboxSmtpAddress')],
  GetPersona: [own('EmailAddress', 'EmailAddress')],
  GetServiceConfiguration: [own('ActingAs', 'EmailAddress')],
  GetSharingFolder: [own('SmtpAddress')],
  // An Address counts wherever it stands: who reads it may not look at what is around it.
  GetUserAvailabilityRequest: [permitted('Email', 'Address'), permitted('Address')],
  GetUserOofSettingsRequest: [own('Mailbox', 'Address'), own('Address')],
  GetUserPhoto: [own('Email')],
  RemoveDelegate: [own('Mailbox', 'EmailAddress')],
  SetUserOofSettingsRequest: [own('Mailbox', 'Address'), own('Address')],
  SetUserPhoto: [own('Email')],
  UnpinTeamMailbox: [own('EmailAddress', 'EmailAddress')],
  UpdateDelegate: [own('Mailbox', 'EmailAddress')],
  UpdateInboxRules: [own('MailboxSmtpAddress')],
}

const NONE: readonly Selector[] = []

/** The selectors of an operation, by its request element. */
export const selectorsOf = (requestElement: string): readonly Selector[] =>
  Object.hasOwn(BY_REQUEST, requestElement) ? (BY_REQUEST[requestElement] ?? NONE) : NONE

/** `DistinguishedFolderId/Mailbox` and its like, in every operation. */
export const FOLDER_MAILBOX: Selector = own('Mailbox', 'EmailAddress')

/** Elements around a Mailbox that make it a folder's owner. */
export const FOLDER_OWNERS: ReadonlySet<string> = new Set([
  'DistinguishedFolderId',
  'WellKnownFolder',
])

/** Elements that name a mailbox in a way that no user can be compared with. */
export const OPAQUE_MAILBOXES: ReadonlySet<string> = new Set(['MailboxGuid', 'ConsumerCalendarId'])

/** Elements that give others access to a folder. */
export const GRANTS: ReadonlySet<string> = new Set(['PermissionSet', 'CalendarPermissionSet'])

/** The field of a folder that grants access, as an update or a deletion names it. */
export const GRANT_FIELD = 'folder:PermissionSet'
