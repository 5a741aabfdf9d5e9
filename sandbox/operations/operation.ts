/**
 * Interface of all operations.
 *
 * @module
 */

import type { Exchange } from '../exchange.ts'
import { messageValues, ResponseError } from '../fault.ts'
import type { Mailbox } from '../mailbox.ts'
import type { Subscriptions } from '../subscriptions.ts'
import { m, type XmlElement } from '../xml.ts'

/** One request to an operation. */
export type Call = Readonly<{
  exchange: Exchange
  /** Mailbox of the impersonated user. */
  actor: Mailbox
  /** Subscriptions of the server that runs the request. */
  subscriptions: Subscriptions
  /** The operation element. */
  request: XmlElement
}>

/** A streaming response. `open` sends envelopes until it closes, and returns a function that stops it. */
export type Stream = Readonly<{
  open: (send: (answer: XmlElement) => void, close: () => void) => () => void
}>

/** Runs a request. Throws a Fault or ResponseError if it can't. */
export type Operation = (call: Call) => XmlElement | Stream

/**
 * Returns one response message for each target.
 *
 * @param one - returns the children of a message after its ResponseCode; a {@link ResponseError} makes it a
 *   message of class Error
 * @param empty - content of a message of class Error, as the schema requires for some
 */
export function respond<Target>(
  operation: string,
  targets: readonly Target[],
  one: (target: Target) => readonly XmlElement[],
  empty: readonly XmlElement[] = [],
): XmlElement {
  const messages = targets.map(target =>
    message(`${operation}ResponseMessage`, () => one(target), empty),
  )
  return m(`${operation}Response`, m('ResponseMessages', messages))
}

/** Returns a response with one message. */
export const respondOnce = (operation: string, contents: () => readonly XmlElement[]): XmlElement =>
  m(`${operation}Response`, m('ResponseMessages', message(`${operation}ResponseMessage`, contents)))

/**
 * Returns MessageDisposition of a request about a message. Exchange requires the attribute. grommunio only saves without it.
 *
 * @param probe - shows what the server does without the attribute
 */
export function dispositionOf(
  { exchange: { behavior, gromox }, request }: Call,
  probe: 'save-without-disposition' | 'update-without-disposition',
): string {
  const given = request.attribute('MessageDisposition')
  if (given !== undefined) return given
  behavior.apply(probe, gromox ? undefined : new ResponseError('ErrorMessageDispositionRequired'))
  return 'SaveOnly'
}

/** Returns one response message. */
export function message(
  name: string,
  contents: () => readonly XmlElement[],
  empty: readonly XmlElement[] = [],
): XmlElement {
  try {
    const children = contents()
    return m(name, { ResponseClass: 'Success' }, m('ResponseCode', 'NoError'), children)
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error
    return m(name, { ResponseClass: 'Error' }, errorChildren(error), empty)
  }
}

/** Returns the content of a message of class Error or Warning. */
export const errorChildren = ({ message, code, values }: ResponseError): readonly XmlElement[] => [
  m('MessageText', message),
  m('ResponseCode', code),
  m('DescriptiveLinkKey', '0'),
  ...(values === undefined ? [] : [m('MessageXml', messageValues(values))]),
]
