/**
 * Builds a row of the guard table, and small XML fragments that rows consist of.
 *
 * @module
 */

/** Effect of a request at a server that does not check it. */
type Effect = 'sender' | 'sent' | 'rule' | 'app' | 'setting' | 'item'

/** A request that is sent straight to the server before a row, so that the row can name its item. */
export type PriorRequest = Readonly<{
  /** The user that the request acts as; Alice by default. */
  as?: string
  request: string
  /** Names the newest item of this folder of Alice instead of the item that the request made. */
  find?: string
}>

/** One request under one guard, and its decision. */
export type Row = Readonly<{
  name: string
  ruling: 'R13' | 'R14'
  type?: 'READ_ONLY'
  /** Switches of the role's guard that are not the default. */
  guard?: Readonly<Record<string, boolean | string>>
  /** Items by name; the request contains `{name.Id}`, `{name.ChangeKey}` and `{name.FolderId}`. */
  given?: Readonly<Record<string, PriorRequest>>
  /** The operation element. `{n}` is different in every row, `{conversation}` is a ConversationId. */
  request: string
  /** Reasons that are right for a denial. Absent: the request is allowed. */
  reasons?: readonly string[]
  /** Absent for an allowed request, and for a trick that a server like grommunio does not fall for. */
  effect?: Effect
  /** The gateway must ask the server about the item before it can decide. */
  asks?: true
  /** Only this server reports that the sender is foreign. */
  server?: 'gromox'
  /** Spellings of `{tag}`. Each is a row of its own. */
  spellings?: readonly Readonly<{
    name: string
    tag: string
    /** Reasons instead of those of the row. */
    reasons?: readonly string[]
    effect?: Effect
  }>[]
  /** ResponseCode of the server; NoError by default. */
  code?: string
  /** Why the row follows from the purpose of the ruling and not from its words. */
  beyond?: string
}>

export const [ALICE, BOB, CAROL] = ['alice@example.com', 'bob@example.com', 'carol@example.com']

/** A property tag that readers interpret differently can be any property, so any of these fits. */
export const ANY_PROPERTY = ['operation-refused', 'grant-refused', 'sender-refused'] as const

export const SENT = 'MessageDisposition="SendOnly"'
export const SAVED = 'MessageDisposition="SaveOnly"'

export const mailbox = (address: string) =>
  `<t:Mailbox><t:EmailAddress>${address}</t:EmailAddress></t:Mailbox>`
export const sender = (element: string, address: string) =>
  `<t:${element}>${mailbox(address)}</t:${element}>`
/** A message needs recipients when it is sent. */
export const TO = `<t:Subject>Row</t:Subject><t:ToRecipients>${mailbox(CAROL)}</t:ToRecipients>`

export const create = (items: string, how = SENT) =>
  `<m:CreateItem ${how}><m:Items>${items}</m:Items></m:CreateItem>`
export const message = (content: string) => `<t:Message>${content}${TO}</t:Message>`

const TIMES = '<t:Start>2027-01-01T10:00:00Z</t:Start><t:End>2027-01-01T11:00:00Z</t:End>'
/** A meeting of its organizer with one attendee. */
export const meeting = (content: string, attendee = CAROL) =>
  `<t:CalendarItem>${content}<t:Subject>Row</t:Subject>${TIMES}<t:RequiredAttendees><t:Attendee>` +
  `${mailbox(attendee)}</t:Attendee></t:RequiredAttendees></t:CalendarItem>`
export const INVITING = 'SendMeetingInvitations="SendToAllAndSaveCopy"'
export const NOT_INVITING = 'SendMeetingInvitations="SendToNone"'

export const id = (name: string, element = 'ItemId') =>
  `<t:${element} Id="{${name}.Id}" ChangeKey="{${name}.ChangeKey}"/>`
/** UpdateItem of one item, with whole updates. */
export const update = (name: string, updates: string, how = SENT) =>
  `<m:UpdateItem ${how} ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>` +
  `${id(name)}<t:Updates>${updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>`
/** An update that sets a property by its path. */
export const set = (path: string, content: string, how = 'SetItemField', element = 'Message') =>
  `<t:${how}>${path}<t:${element}>${content}</t:${element}></t:${how}>`
export const SUBJECT = set(
  '<t:FieldURI FieldURI="item:Subject"/>',
  '<t:Subject>Row, changed</t:Subject>',
)

/** An own message that was saved. */
export const DRAFT: PriorRequest = { request: create(message(''), SAVED) }
/** An own meeting without invitations. */
export const MEETING: PriorRequest = { request: create(meeting(''), NOT_INVITING) }
/** An invitation from Bob. */
export const INVITATION: PriorRequest = {
  as: BOB,
  request: create(meeting('', ALICE), INVITING),
  find: 'inbox',
}

/** An answer to a message or a meeting. */
export const answer = (element: string, name: string, content = '') =>
  `<t:${element}>${content}${id(name, 'ReferenceItemId')}</t:${element}>`

/** The attributes of an ExtendedFieldURI by its tag, and all of it. */
export const byTag = (tag: string) => `PropertyTag="${tag}"`
export const uri = (attributes: string, type = 'String') =>
  `<t:ExtendedFieldURI ${attributes} PropertyType="${type}"/>`
export const property = (attributes: string, value = 'x', type = 'String') =>
  `<t:ExtendedProperty>${uri(attributes, type)}<t:Value>${value}</t:Value></t:ExtendedProperty>`

export const base64 = (text: string | Buffer) => Buffer.from(text).toString('base64')
export const mime = (text: string | Buffer, attributes = '') =>
  `<t:MimeContent${attributes}>${base64(text)}</t:MimeContent>`
