/**
 * Texts of constructed requests: IDs, addresses, folders, and properties of the mailboxes of the canaries, mainly such as
 * the role can reach.
 *
 * @module
 */

import { exportItem } from '../../sandbox/export-format.ts'
import { t } from '../../sandbox/xml.ts'
import type { CanaryMailboxes } from './canary-mailboxes.ts'
import type { Place } from './canary-plants.ts'
import { type CanaryRole, classesOf } from './canary-roles.ts'
import { CONFIGURATION, DELEGATE, RULE } from './canary-settings.ts'
import { ACTOR, DENIED } from './canary-table.ts'
import type { Texts } from './oracle/construct.ts'
import type { Random } from './random.ts'
import { USERS } from './world.ts'

const ADDRESSES = [
  ...USERS.flatMap(({ primarySmtpAddress, aliases }) => [primarySmtpAddress, ...aliases]),
  'outsider@out.example',
  'dl@example.com',
]
const CLASSES = [
  ...'IPM.Note IPM.Appointment IPM.Contact IPM.Task IPM.StickyNote IPM.Activity IPM.Post'.split(
    ' ',
  ),
  ...'IPM.Schedule.Meeting.Request IPM.Rule.Version2.Message IPM.ExtendedRule.Message'.split(' '),
  ...'IPM.Configuration.ExtensionMasterTable IPM.Note.SMIME.MultipartSigned'.split(' '),
]
const CONTAINERS = 'IPF.Note IPF.Appointment IPF.Contact IPF.Task IPF.StickyNote IPF.Journal'.split(
  ' ',
)
/** Tags of the properties that servers act on, in the spellings of the schema. */
const TAGS = (
  '0x0E07 0x001A 0x0E99 0x0E9B 0x65E9 0x65ED 0x6679 0x6684 0x7C06 0x7C08 0x67AA 0x3FE1 0x3FE0 0x0E27 ' +
  '0x0C1F 0x0065 0x5D01 0x5D02 0x0042 0x0037 0x1000 0x3601 0x0C1A'
).split(' ')
const MEETING_REPLIES = /^(Accept|Decline|TentativelyAccept)Item$|^ProposeNewTime$/
const MEETING_ENDS = /^CancelCalendarItem$/
const STATUS = [
  '1',
  '8',
  'true',
  'false',
  'x@out.example',
  'bob@example.com',
  'IPM.Rule.Version2.Message',
]

const mimeFrom = (from: string, to: string) =>
  `From: ${from}\r\nTo: ${to}\r\nSubject: New\r\nMIME-Version: 1.0\r\n\r\nNew\r\n`
const ICS = `BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nORGANIZER:mailto:${ACTOR}\r\nDTSTART:20261202T090000Z\r\nDTEND:20261202T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n`

const CONFIGURATIONS = [CONFIGURATION, CONFIGURATION, 'Work', 'ExtensionMasterTable']

/** Supplies the texts of one request. */
export class CanaryTexts implements Texts {
  readonly #mailboxes: CanaryMailboxes
  readonly #by: CanaryRole
  readonly #random: Random

  constructor(mailboxes: CanaryMailboxes, by: CanaryRole, random: Random) {
    this.#mailboxes = mailboxes
    this.#by = by
    this.#random = random
  }

  text = (path: readonly string[]): string | undefined => {
    const random = this.#random
    const name = path.at(-1) ?? ''
    if (
      /^(EmailAddress|Address|SmtpAddress|PrimarySmtpAddress|MailboxSmtpAddress|Email)$/.test(name)
    )
      return this.#address(path)
    if (name === 'RuleId') return RULE
    if (name === 'Action' && random.once(4)) return 'SetRetentionPolicy'
    if (name === 'ItemClass') return random.pick(CLASSES)
    if (name === 'FolderClass') return random.pick(CONTAINERS)
    if (name === 'SubscriptionId') return random.pick(this.#mailboxes.watches).id
    if (name === 'Watermark') return 'AQAAAAAAAAAAAAAAAAAAAA=='
    if (name === 'SyncState') return random.once(2) ? '' : 'H4sIAAA='
    if (name === 'Value') return random.pick(STATUS)
    if (name === 'DisplayName') return `New ${random.below(100)}`
    if (name === 'UnresolvedEntry') return random.pick(['Canary', 'bob', 'user'])
    if (name === 'MimeContent') return this.#mime(path)
    if (name === 'Data') return this.#exported()
    if (path.includes('TimeWindow'))
      return name === 'StartTime' ? '2026-11-30T00:00:00' : '2026-12-05T00:00:00'
    if (name === 'MaxChangesReturned') return '100'
    if (name === 'QueryString') return 'subject:Canary'
    if (name === 'RoutingType') return 'SMTP'
    return undefined
  }

  attribute = (path: readonly string[], name: string): string | undefined => {
    const random = this.#random
    const element = path.at(-1) ?? ''
    if (name === 'PropertyTag') return random.pick(TAGS)
    // Most fields can't be changed.
    if (name === 'FieldURI' && path.includes('SetItemField') && !random.once(3))
      return 'item:Subject'
    if (element === 'UserConfigurationName') return random.pick(CONFIGURATIONS)
    if (name === 'ChangeKey') return this.#key
    if (name === 'Mailbox') return random.once(2) ? ACTOR : random.pick(ADDRESSES)
    if (name === 'MaxEntriesReturned') return '100'
    if (name === 'Offset') return '0'
    if (!/Id$/.test(name) || name.startsWith('Property') || name === 'DistinguishedPropertySetId')
      return undefined
    const place = this.#place(path)
    if (element === 'DistinguishedFolderId')
      return random.once(20) ? undefined : (place.name ?? 'inbox')
    this.#key = this.#mailboxes.changeKeyOf(place.itemId)
    if (element === 'ConversationId') return place.conversationId
    if (/Attachment/.test(element)) return place.attachmentId
    return /Folder/.test(element) ? place.folderId : place.itemId
  }

  /** ChangeKey of the last named item. */
  #key: string | undefined

  #address(path: readonly string[]): string {
    const random = this.#random
    if (path.includes('UserId') && random.once(2)) return DELEGATE
    if (path.some(name => /Recipients|Attendee|Resources|ReplyTo/.test(name)))
      return random.pick(ADDRESSES)
    if (random.below(100) < 70) return ACTOR
    return random.once(4) ? DENIED : random.pick(ADDRESSES)
  }

  #mime(path: readonly string[]): string {
    const random = this.#random
    if (path.includes('CalendarItem')) return Buffer.from(ICS).toString('base64')
    const from = random.once(4) ? random.pick(ADDRESSES) : ACTOR
    return Buffer.from(mimeFrom(from, random.pick(ADDRESSES))).toString('base64')
  }

  /** Returns an exported item: in one of four, with another class. */
  #exported(): string {
    const random = this.#random
    const { item } = random.pick(this.#own())
    const itemClass = t('ItemClass', random.pick(CLASSES))
    const properties = new Map(item.properties)
    if (random.once(4)) properties.set(itemClass.name, itemClass)
    return exportItem({ ...item, properties }).toString('base64')
  }

  #own(): readonly Place[] {
    return this.#mailboxes.places.filter(({ owner }) => owner === ACTOR)
  }

  /** Returns a place: mostly the user's own, and mostly one that the role can reach. */
  #place(path: readonly string[]): Place {
    const random = this.#random
    const { places } = this.#mailboxes
    if (random.once(12)) return random.pick(places.filter(({ owner }) => owner !== ACTOR))
    const own = this.#own()
    const parent = path.at(-2) ?? ''
    if (MEETING_REPLIES.test(parent) && !random.once(6))
      return random.pick(own.filter(({ element }) => element === 'MeetingRequest'))
    if (MEETING_ENDS.test(parent) && !random.once(6))
      return random.pick(own.filter(({ element }) => element === 'CalendarItem'))
    if (path[0] === 'ExpandDL' && !random.once(3))
      return random.pick(own.filter(({ element }) => element === 'DistributionList'))
    if (random.once(5)) return random.pick(own)
    const classes = classesOf(this.#by.limits, path[0]?.replace(/Request$/, '') ?? '')
    const inside = own.filter(
      ({ kind, itemKind, name }) =>
        (name !== undefined || !path.at(-1)?.startsWith('Distinguished')) &&
        (classes === undefined || (kind !== 'none' && classes.includes(kind))) &&
        (kind === itemKind || random.once(3)),
    )
    return random.pick(inside.length > 0 ? inside : own)
  }
}
