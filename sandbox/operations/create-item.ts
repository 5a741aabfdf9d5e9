/**
 * CreateItem: messages saved or sent, events with their invitations, contacts, tasks, replies.
 *
 * @module
 */

import { composeItem } from '../compose-item.ts'
import { recipientsOf, send } from '../delivery.ts'
import { dateText, mailboxElement } from '../elements.ts'
import { ResponseError } from '../fault.ts'
import { itemElement } from '../item-shape.ts'
import { findCurrentItem, folderIn } from '../locate.ts'
import { distinguishedFolder } from '../mailbox.ts'
import { nameSender } from '../mapi-senders.ts'
import { invite, isMeetingResponse, respondToMeeting } from '../meetings.ts'
import { isReply, replyTo } from '../reply.ts'
import { responseNamed } from '../response-objects.ts'
import type { Folder, NewItem } from '../store.ts'
import { m, t, type XmlElement } from '../xml.ts'
import { ITEM_IDS, NO_ITEMS } from './items.ts'
import { type Call, dispositionOf, type Operation, respond } from './operation.ts'

/** Folders in which Exchange saves items if the request names none. Messages have one for each disposition. */
const HOMES: Readonly<Record<string, string>> = {
  CalendarItem: 'calendar',
  Contact: 'contacts',
  DistributionList: 'contacts',
  PostItem: 'inbox',
  Task: 'tasks',
}

/** Saves or sends new items, and responses to existing ones. */
export const createItem: Operation = call =>
  respond(
    'CreateItem',
    call.request.listAt('Items'),
    element => [m('Items', create(call, element))],
    NO_ITEMS,
  )

function create(call: Call, element: XmlElement): readonly XmlElement[] {
  const { exchange, actor } = call
  if (isMeetingResponse(element.name)) {
    const item = referred(call, element)
    const disposition =
      call.request.attribute('MessageDisposition') ??
      (exchange.gromox ? 'SaveOnly' : 'SendAndSaveCopy')
    return respondToMeeting(exchange, actor, item, element, disposition).map(saved =>
      itemElement(saved, ITEM_IDS, 'alone'),
    )
  }
  if (isReply(element.name)) {
    const message = replyTo(exchange, actor, referred(call, element), element)
    return dispatch(call, message)
  }
  const respondWith = responseNamed(element.name)
  if (respondWith !== undefined)
    return respondWith(exchange, actor, referred(call, element), element).map(saved =>
      itemElement(saved, ITEM_IDS, 'alone'),
    )
  if (element.name === 'RemoveItem') {
    const item = referred(call, element)
    item.folder.store.removeItem(item)
    return []
  }
  if (element.name === 'SuppressReadReceipt') return []
  const store = actor.primary
  const item = composeItem(exchange, store, element)
  if (item.kind === 'CalendarItem') return createEvent(call, item)
  return item.kind in HOMES ? save(call, item, HOMES[item.kind]) : dispatch(call, item)
}

const referred = (call: Call, element: XmlElement) =>
  findCurrentItem(call, element.child('ReferenceItemId'))

/** Saves or sends a message, according to MessageDisposition. */
function dispatch(call: Call, message: NewItem): readonly XmlElement[] {
  const { exchange, actor } = call
  const disposition = dispositionOf(call, 'save-without-disposition')
  if (disposition === 'SaveOnly') return save(call, draft(call, message), 'drafts')
  send(exchange, actor, message)
  return disposition === 'SendOnly' ? [] : save(call, message, 'sentitems')
}

/** Key of PidTagMessageFlags, with which a client can save a message that is not a draft. */
const MESSAGE_FLAGS = `${0x0e07}||||Integer`
const UNSENT = 8

function draft({ actor, exchange }: Call, message: NewItem): NewItem {
  const { properties } = message
  const flags = message.extended?.get(MESSAGE_FLAGS)?.textAt('Value')
  const marks = exchange.behavior.shows('read-draft', 'draft', !exchange.gromox)
  const isDraft = flags === undefined ? marks : (Number(flags) & UNSENT) !== 0
  properties.set('IsDraft', t('IsDraft', String(isDraft)))
  if (!properties.has('IsRead')) properties.set('IsRead', t('IsRead', 'true'))
  const self = mailboxElement(actor.displayName, actor.user.primarySmtpAddress)
  if (!properties.has('From') && (isDraft || !marks)) properties.set('From', t('From', self))
  return message
}

function createEvent(call: Call, event: NewItem): readonly XmlElement[] {
  const { exchange, actor, request } = call
  const { properties } = event
  if (!properties.has('Start') || !properties.has('End')) throw new ResponseError('ErrorItemSave')
  const self = mailboxElement(actor.displayName, actor.user.primarySmtpAddress)
  if (!properties.has('Organizer')) properties.set('Organizer', t('Organizer', self))
  if (!properties.has('UID')) properties.set('UID', t('UID', crypto.randomUUID().toUpperCase()))
  properties.set('DateTimeStamp', t('DateTimeStamp', dateText(exchange.now())))
  nameSender(exchange, actor.user.primarySmtpAddress, event)
  const sending = request.attribute('SendMeetingInvitations') ?? 'SendToNone'
  const attendees = recipientsOf(properties, [
    'RequiredAttendees',
    'OptionalAttendees',
    'Resources',
  ])
  if (sending !== 'SendToNone' && attendees.length > 0) {
    properties.set('MeetingRequestWasSent', t('MeetingRequestWasSent', 'true'))
    invite(exchange, actor, event, attendees)
  }
  return save(call, event, 'calendar')
}

function save(call: Call, item: NewItem, home: string | undefined): readonly XmlElement[] {
  const folder = savedTo(call, home ?? 'inbox')
  const saved = folder.store.addItem(folder, item)
  return [itemElement(saved, ITEM_IDS, 'alone')]
}

function savedTo(call: Call, home: string): Folder {
  const named = call.request.child('SavedItemFolderId')
  if (named !== undefined) return folderIn(call, named)
  const folder = distinguishedFolder(call.actor, homeIn(call, home))
  if (folder === undefined) throw new ResponseError('ErrorFolderNotFound')
  return folder
}

/** Returns the folder of an item if the request names none. grommunio saves all items in the outbox. */
function homeIn({ exchange: { behavior, gromox } }: Call, home: string): string {
  if (behavior.shows('save-without-folder', 'outbox', gromox)) return 'outbox'
  if (home !== 'drafts') return home
  return behavior.shows('save-without-folder', 'drafts', true) ? home : 'inbox'
}
