/**
 * Columns of the operation table, and the functions that write its rows.
 *
 * @module
 */

import type { NamedMailbox } from '../model/envelope.ts'
import type { RoleGuard } from '../model/role.ts'

/**
 * read: changes nothing that outlives the request. session: server-side state of the caller.
 * write: changes the mailbox. send: sends mail or acts outside. delegation: gives others access.
 * token: hands out credentials. admin: rights of the organization or standing code in a mailbox.
 */
export type OperationClass =
  | 'read'
  | 'session'
  | 'write'
  | 'send'
  | 'delegation'
  | 'token'
  | 'admin'

/** An element that names a mailbox: by the text of a child, or by its own text. */
export type Selector = Readonly<{
  element: string
  /** Local name of the child that holds the address; absent: the element's own text does. */
  child?: string
  allowed: NamedMailbox['allowed'] | 'sender'
}>

/** Columns that most operations leave empty. */
type Special = Readonly<{
  /** Local name of the request element, if it isn't the name of the operation. */
  requestElement?: string
  /** Elements that name a mailbox beside the one in the header. */
  selectors?: readonly Selector[]
  /** Switch of the guard that a FULL_ACCESS role needs for the operation, whatever its body says. */
  needs?: keyof RoleGuard & ('delegation' | 'inboxRules' | 'sending')
  /**
   * Items that the operation can send. drafts: always sends stored ones. created, changed: sends those
   * in its body, unless an attribute says not to. cancellations: of the meetings that it deletes.
   */
  sends?: 'drafts' | 'created' | 'changed' | 'cancellations'
  /** Whether the body writes properties of items or folders, which can grant access or make rules. */
  writesProperties?: boolean
  /** Whether the body marks conversations or folders, which can make rules or send receipts. */
  marksItems?: boolean
  /** Whether the operation touches no mailbox, so that clients leave out ExchangeImpersonation. */
  neutral?: boolean
  /** Whether the operation asks the upstream's address book. */
  directoryLookup?: boolean
  /** Whether the body may name a list of the address book. */
  addressLists?: boolean
  /** Whether a READ_ONLY role needs the operation's name in `extraReads`. */
  extraRead?: boolean
  /** Whether the body holds IDs to convert, which name no mailbox that is opened. */
  convertsIds?: boolean
  /** Distinguished folders outside all mailboxes that the body may name, in lower case. */
  folders?: readonly string[]
  /** Element whose text is the lifetime of a stream or a subscription, in minutes. */
  timeout?: 'ConnectionTimeout' | 'Timeout'
  /** Whether the response is a stream of notifications. */
  streaming?: boolean
  /** Whether the response begins a subscription or ends one. */
  subscription?: 'begins' | 'ends'
}>

/** One row of the table. */
export type Operation = Special &
  Readonly<{
    class: OperationClass
    /** Whether documentation or schema show a pure read or the caller's own session state. */
    readOnlyAllowed: boolean
    /** Whether a published WSDL lists it. */
    wsdl: boolean
    /** Elements that look like a mailbox or an ID, and that the body may have. */
    names: ReadonlySet<string>
  }>

/** Writes a row. `names` are separated by blanks. */
function row(
  columns: Readonly<{ class: OperationClass; readOnlyAllowed: boolean; wsdl: boolean }>,
  names = '',
  special: Special = {},
): Operation {
  const needs = columns.class === 'delegation' ? ({ needs: 'delegation' } as const) : {}
  return { ...columns, names: new Set(names.split(' ')), ...needs, ...special }
}

/** An operation of a published WSDL that only FULL_ACCESS allows, if any role does. */
export const listed = (of: OperationClass, names?: string, special?: Special): Operation =>
  row({ class: of, readOnlyAllowed: false, wsdl: true }, names, special)

/** An operation of a published WSDL that every role allows. */
export const readable = (of: 'read' | 'session', names?: string, special?: Special): Operation =>
  row({ class: of, readOnlyAllowed: true, wsdl: true }, names, special)

/** An operation of no published WSDL that no role allows. */
export const unlisted = (of: OperationClass, names?: string): Operation =>
  row({ class: of, readOnlyAllowed: false, wsdl: false }, names)

/** An operation of no published WSDL that every role allows. */
export const unlistedReadable = (of: 'read'): Operation =>
  row({ class: of, readOnlyAllowed: true, wsdl: false })

/** A selector of the impersonated user's own mailbox. */
export const own = (element: string, child?: string): Selector =>
  child === undefined ? { element, allowed: 'own' } : { element, child, allowed: 'own' }

/** A selector of any mailbox whose user the role may impersonate. */
export const permitted = (element: string, child?: string): Selector =>
  child === undefined ? { element, allowed: 'permitted' } : { element, child, allowed: 'permitted' }
