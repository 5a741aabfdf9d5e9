/**
 * Puts mail into a mailbox without EWS: the seed, and mail from tests.
 *
 * @module
 */

import type { Attachment } from './attachment.ts'
import { dateText, mailboxElement, newMessageId } from './elements.ts'
import type { Folder, NewItem } from './store.ts'
import { t, type XmlElement } from './xml.ts'

/** A mail in a folder. */
export type Mail = Readonly<{
  subject: string
  body: string
  from: Readonly<{ name: string; address: string }>
  to: readonly Readonly<{ name: string; address: string }>[]
  at: number
  isRead?: boolean
  files?: readonly Readonly<{ name: string; contentType: string; content: Buffer }>[]
}>

/** Puts a mail into a folder, as if it had been delivered. */
export function addMail(folder: Folder, mail: Mail, event?: 'NewMail') {
  const attachments = (mail.files ?? []).map(file => fileAttachment(folder, mail.at, file))
  return folder.store.addItem(folder, { ...mailItem(folder, mail), attachments }, event)
}

function mailItem(folder: Folder, { subject, body, from, to, at, isRead }: Mail): NewItem {
  const sender = mailboxElement(from.name, from.address)
  const recipients = to.map(({ name, address }) => mailboxElement(name, address))
  return {
    kind: 'Message',
    properties: propertyMap([
      t('ItemClass', 'IPM.Note'),
      t('Subject', subject),
      t('Body', { BodyType: 'HTML' }, `<html><body>${body}</body></html>`),
      t('DateTimeReceived', dateText(at)),
      t('DateTimeSent', dateText(at)),
      t('IsDraft', String(folder.distinguishedId === 'drafts')),
      t('Sender', sender),
      t('ToRecipients', recipients),
      t('From', sender),
      t('InternetMessageId', newMessageId()),
      t('IsRead', String(isRead ?? false)),
    ]),
  }
}

const fileAttachment = (
  folder: Folder,
  modifiedAt: number,
  file: Readonly<{ name: string; contentType: string; content: Buffer }>,
): Attachment => ({
  ...file,
  counter: folder.store.nextCounter(),
  contentId: undefined,
  contentLocation: undefined,
  isInline: false,
  modifiedAt,
  item: undefined,
})

/** Returns properties by name. */
export const propertyMap = (properties: readonly XmlElement[]) =>
  new Map(properties.map(property => [property.name, property]))
