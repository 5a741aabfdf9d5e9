/**
 * Kinds of items and responses that a CreateItem request can contain, and what a server does with each.
 *
 * @module
 */

import type { FolderClass } from './profile.ts'

/**
 * When a server sends an item of this kind. `disposition`: unless MessageDisposition says `SaveOnly`. `invitations`:
 * unless SendMeetingInvitations says `SendToNone`. `always`: whatever the attributes say. `never`: no known server sends it
 * by itself. An attribute with any other value sends every kind of item.
 */
export type Sending = 'disposition' | 'invitations' | 'always' | 'never'

/**
 * Effect on the stored item that a response refers to. `copies`: the response contains its text.
 * `changes`: the item is changed. `deletes`: the item, or the appointment that belongs to it, is deleted.
 */
export type Referring = 'copies' | 'changes' | 'deletes'

export type ItemKind = Readonly<{
  sends: Sending
  /** Class of the folder in which the server saves it; undefined if it is in no profile with classes. */
  folderClass: FolderClass | undefined
  /** Absent for an item that refers to no other one. */
  refers?: Referring
  /** Whether a server saves it in the folder of that item, whatever folder the request names. */
  isBeside?: true
}>

const item = (sends: Sending, folderClass?: FolderClass): ItemKind => ({ sends, folderClass })
const response = (refers: Referring, sends: Sending, folderClass?: FolderClass): ItemKind => ({
  sends,
  folderClass,
  refers,
})

/** All kinds, by the name of the element. */
export const ITEM_KINDS = {
  Item: item('disposition', 'mail'),
  Message: item('disposition', 'mail'),
  CalendarItem: item('invitations', 'calendar'),
  Contact: item('never', 'contacts'),
  DistributionList: item('never', 'contacts'),
  MeetingMessage: item('disposition', 'mail'),
  MeetingRequest: item('disposition', 'mail'),
  MeetingResponse: item('disposition', 'mail'),
  MeetingCancellation: item('disposition', 'mail'),
  Task: item('never', 'tasks'),
  PostItem: item('never', 'mail'),
  RoleMember: item('never'),
  Network: item('never'),
  Person: item('never'),
  ReplyToItem: response('copies', 'disposition', 'mail'),
  ReplyAllToItem: response('copies', 'disposition', 'mail'),
  ForwardItem: response('copies', 'disposition', 'mail'),
  PostReplyItem: { ...response('copies', 'disposition', 'mail'), isBeside: true },
  AcceptItem: response('deletes', 'disposition', 'calendar'),
  TentativelyAcceptItem: response('deletes', 'disposition', 'calendar'),
  DeclineItem: response('deletes', 'disposition', 'calendar'),
  RemoveItem: response('deletes', 'disposition', 'calendar'),
  CancelCalendarItem: response('deletes', 'always', 'calendar'),
  ProposeNewTime: response('deletes', 'always', 'calendar'),
  // Servers answer requests for approval with these, although no published schema has them.
  ApproveRequestItem: response('deletes', 'always'),
  RejectRequestItem: response('deletes', 'always'),
  SuppressReadReceipt: response('changes', 'never'),
  AcceptSharingInvitation: response('changes', 'disposition'),
  AddItemToMyCalendar: response('changes', 'disposition'),
} as const satisfies Record<string, ItemKind>

/** Types of kinds whose name is not that of the element and `Type`. */
const TYPES = {
  ContactItem: 'Contact',
  MeetingRequestMessage: 'MeetingRequest',
  MeetingResponseMessage: 'MeetingResponse',
  MeetingCancellationMessage: 'MeetingCancellation',
  RoleMemberItem: 'RoleMember',
  NetworkItem: 'Network',
  AbchPersonItem: 'Person',
} as const satisfies Record<string, keyof typeof ITEM_KINDS>

const KINDS: ReadonlyMap<string, ItemKind> = new Map<string, ItemKind>([
  ...Object.entries(ITEM_KINDS),
  ...Object.entries(TYPES).map(([type, name]) => [type, ITEM_KINDS[name]] as const),
])

/**
 * Returns the kind of an item or response; undefined for an unknown one.
 *
 * @param name - name of its element, or of its type without `Type`
 */
export const kindNamed = (name: string): ItemKind | undefined => KINDS.get(name)
