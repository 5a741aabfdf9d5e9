/**
 * Columns of the operation table, and the functions that write its rows.
 *
 * @module
 */

import type { NamedMailbox } from '../model/envelope.ts'
import type { RoleGuard } from '../model/role.ts'

/**
 * read: changes nothing that outlives the request. session: server-side state of the caller. write: changes
 * the mailbox. send: sends mail or has effects outside. delegation: grants access to other users. token:
 * issues credentials. admin: rights of the organization, or permanent code in a mailbox.
 */
export type OperationClass =
  | 'read'
  | 'session'
  | 'write'
  | 'send'
  | 'delegation'
  | 'token'
  | 'admin'

/** An element that names a mailbox by the text of a child, or by its own text. */
export type Selector = Readonly<{
  element: string
  /** Local name of the child with the address; absent if the address is the element's own text. */
  child?: string
  allowed: NamedMailbox['allowed'] | 'sender'
}>

/** Columns that most operations leave empty. */
type Special = Readonly<{
  /** Local name of the request element, if it isn't the name of the operation. */
  requestElement?: string
  /** Elements that name a mailbox, in addition to the one in the header. */
  selectors?: readonly Selector[]
  /** Switch of the guard that a FULL_ACCESS role needs for the operation, independent of its body. */
  needs?: keyof RoleGuard & ('delegation' | 'inboxRules' | 'sending')
  /**
   * Items that the operation can send. drafts: always sends stored ones. created, changed: sends those in
   * its body, unless an attribute prevents it. cancellations: of the meetings that it deletes.
   */
  sends?: 'drafts' | 'created' | 'changed' | 'cancellations'
  /** Whether the body writes properties of items or folders, which can grant access or make rules. */
  writesProperties?: boolean
  /** Whether the body marks conversations or folders, which can make rules or send receipts. */
  marksItems?: boolean
  /** Whether the operation accesses no mailbox, so clients leave out ExchangeImpersonation. */
  neutral?: boolean
  /** Whether the operation asks the upstream's address book. */
  directoryLookup?: boolean
  /** Whether the body can name a list of the address book. */
  addressLists?: boolean
  /** Whether a READ_ONLY role needs the operation's name in `extraReads`. */
  extraRead?: boolean
  /** Whether the body contains IDs to convert, which open no mailbox. */
  convertsIds?: boolean
  /** Distinguished folders outside of all mailboxes that the body can name, in lower case. */
  folders?: readonly string[]
  /** Element whose text is the lifetime of a stream or a subscription, in minutes. */
  timeout?: 'ConnectionTimeout' | 'Timeout'
  /** Whether the response is a stream of notifications. */
  streaming?: boolean
  /** Whether the response begins or ends a subscription. */
  subscription?: 'begins' | 'ends'
}>

/** One row of the table. */
export type Operation = Special &
  Readonly<{
    class: OperationClass
    /** Whether documentation or schema shows a pure read, or session state of the caller. */
    readOnlyAllowed: boolean
    /** Whether a published WSDL lists it. */
    wsdl: boolean
    /** Elements that look like a mailbox or an ID, and that the body can contain. */
    names: ReadonlySet<string>
  }>

/** Returns a row. `names` are separated by spaces. */
function row(
  columns: Readonly<{ class: OperationClass; readOnlyAllowed: boolean; wsdl: boolean }>,
  names = '',
  special: Special = {},
): Operation {
  const needs = columns.class === 'delegation' ? ({ needs: 'delegation' } as const) : {}
  return { ...columns, names: new Set(names.split(' ')), ...needs, ...special }
}

/** Returns the row of an operation in a published WSDL that only FULL_ACCESS allows, if any role does. */
export const listed = (of: OperationClass, names?: string, special?: Special): Operation =>
  row({ class: of, readOnlyAllowed: false, wsdl: true }, names, special)

/** Returns the row of an operation in a published WSDL that every role allows. */
export const readable = (of: 'read' | 'session', names?: string, special?: Special): Operation =>
  row({ class: of, readOnlyAllowed: true, wsdl: true }, names, special)

/** Returns the row of an operation that no WSDL lists and no role allows. */
export const unlisted = (of: OperationClass, names?: string): Operation =>
  row({ class: of, readOnlyAllowed: false, wsdl: false }, names)

/** Returns the row of an operation that no WSDL lists and every role allows. */
export const unlistedReadable = (of: 'read'): Operation =>
  row({ class: of, readOnlyAllowed: true, wsdl: false })

/** Returns a selector of the impersonated user's own mailbox. */
export const own = (element: string, child?: string): Selector =>
  child === undefined ? { element, allowed: 'own' } : { element, child, allowed: 'own' }

/** Returns a selector of any mailbox whose user the role can impersonate. */
export const permitted = (element: string, child?: string): Selector =>
  child === undefined ? { element, allowed: 'permitted' } : { element, child, allowed: 'permitted' }
