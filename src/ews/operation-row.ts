/**
 * Columns of the operation table, and the functions that write its rows.
 *
 * @module
 */

import type { NamedMailbox } from '../model/envelope.ts'
import type { RoleGuard } from '../model/role.ts'

/**
 * Class of an operation. `read` has no lasting effect. `session` changes server-side state of the caller. `write`
 * changes the mailbox. `send` sends mail or has effects outside of the mailbox. `delegation` grants access to other
 * users. `token` issues credentials. `admin` changes rights in the organization, or installs code in a mailbox.
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
  /** Local name of the child with the address. Absent if the text of the element itself is the address. */
  child?: string
  allowed: NamedMailbox['allowed'] | 'sender'
}>

/** Columns that most operations leave empty. */
type Special = Readonly<{
  /** Local name of the request element, if it isn't the name of the operation. */
  requestElement?: string
  /** Elements that name a mailbox, in addition to the one in the header. */
  selectors?: readonly Selector[]
  /** Switch of the guard that must be on for the operation, whatever its body contains. */
  needs?: keyof RoleGuard & ('delegation' | 'inboxRules' | 'sending')
  /**
   * Items that the operation can send. `drafts`: always sends stored items. `created`, `changed`: sends the items
   * in its body, unless an attribute prevents it. `cancellations`: sends cancellations of the meetings that it
   * deletes.
   */
  sends?: 'drafts' | 'created' | 'changed' | 'cancellations'
  /** Whether the body can set properties of items or folders, which can grant access or create rules. */
  writesProperties?: boolean
  /** Whether the body can mark conversations or folders, which can create rules or send read receipts. */
  marksItems?: boolean
  /** Whether the operation accesses no mailbox, so clients leave out ExchangeImpersonation. */
  neutral?: boolean
  /** Whether the operation uses the upstream's address book. */
  directoryLookup?: boolean
  /** Whether the body can name an address list. */
  addressLists?: boolean
  /** Whether a READ_ONLY role needs the operation's name in `extraReads`. */
  extraRead?: boolean
  /** Whether the body contains IDs to convert, each with an address. Converting an ID opens no mailbox. */
  convertsIds?: boolean
  /** Distinguished folders, in lower case, that the body can name although they are in no mailbox. */
  folders?: readonly string[]
  /** Element whose text is the lifetime of a stream or a subscription, in minutes. */
  timeout?: 'ConnectionTimeout' | 'Timeout'
  /** Whether the response contains items of the mailbox, with their IDs. */
  returnsItems?: boolean
  /** Whether the response is a stream of notifications. */
  streaming?: boolean
  /** Whether the response begins or ends a subscription. */
  subscription?: 'begins' | 'ends'
}>

/** One row of the table. */
export type Operation = Special &
  Readonly<{
    class: OperationClass
    /**
     * Whether READ_ONLY roles allow it, because documentation or schema shows that it only reads, or only changes
     * session state of the caller.
     */
    readOnlyAllowed: boolean
    /** Whether a published WSDL lists it. */
    wsdl: boolean
    /** Elements of the body whose names look like those of a mailbox or an ID. */
    names: ReadonlySet<string>
  }>

/** Returns a row of the operation table. @param names - names of elements, separated by spaces */
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
