/**
 * Finds the impersonated user: reads ExchangeImpersonation as Exchange does, and as grommunio does.
 *
 * Without a header that the server recognizes, a request runs as the service account. The sandbox imitates this, so
 * that tests detect a gateway that forgets the header.
 *
 * @module
 */

import { CONNECTING_SID_KINDS, type ConnectingSidKind } from '../src/model/identity.ts'
import type { Exchange } from './exchange.ts'
import { Fault } from './fault.ts'
import type { Mailbox } from './mailbox.ts'
import type { XmlElement } from './xml.ts'

/** The identifier in the header, or undefined if the server recognizes no header. */
export type Impersonated = Readonly<{ kind: ConnectingSidKind; value: string }> | undefined

/** Actors whose headers WCF processes. It ignores headers for other actors. */
const OWN_ACTORS: readonly string[] = ['', 'http://schemas.xmlsoap.org/soap/actor/next']

/** Reads the header as Exchange does: by name and namespace, and only for its own actor. */
export function readImpersonation(headers: readonly XmlElement[]): Impersonated {
  const [header, second] = headers.filter(
    ({ name, namespace, attributes }) =>
      name === 'ExchangeImpersonation' &&
      namespace === 't' &&
      OWN_ACTORS.includes(actorOf(attributes)),
  )
  if (header === undefined) return undefined
  if (second !== undefined)
    throw new Fault(
      'ErrorMoreThanOneAccessModeSpecified',
      'There can be only one access mode in a request.',
    )
  const [connectingSid, ...rest] = header.children
  const [identifier, ...others] = connectingSid?.children ?? []
  if (rest.length > 0 || others.length > 0 || identifier?.children.length)
    throw new Fault(
      'ErrorSchemaValidation',
      'The request failed schema validation: ConnectingSID has more than one child.',
    )
  const kind = CONNECTING_SID_KINDS.find(kind => kind === identifier?.name)
  if (connectingSid?.name !== 'ConnectingSID' || kind === undefined || identifier?.text === '')
    throw new Fault(
      'ErrorInvalidExchangeImpersonationHeaderData',
      'The ExchangeImpersonation SOAP header does not specify whom to impersonate.',
    )
  return { kind, value: identifier?.text ?? '' }
}

/**
 * Reads the header as grommunio does: the first one with its name, whatever its namespace and the other
 * headers.
 */
export function readLenientImpersonation(headers: readonly XmlElement[]): Impersonated {
  const header = headers.find(({ name }) => name === 'ExchangeImpersonation')
  const identifier = header?.child('ConnectingSID')?.children[0]
  if (identifier === undefined || identifier.text === '') return undefined
  const name = identifier.name.toLowerCase()
  const kind = CONNECTING_SID_KINDS.find(kind => kind.toLowerCase() === name)
  if (kind === undefined || kind === 'SID')
    throw new Fault('ErrorImpersonationFailed', 'Impersonation failed.')
  return { kind: 'SmtpAddress', value: identifier.text }
}

/** Returns the mailbox of the impersonated user. */
export function actorFor(
  exchange: Exchange,
  impersonated: Impersonated,
  lenient: boolean,
): Mailbox {
  if (impersonated === undefined) return exchange.service
  const { kind, value } = impersonated
  const mailbox = lenient
    ? (exchange.byAddress(value) ?? exchange.byPrincipalName(value))
    : FIND[kind](exchange, value)
  if (mailbox === undefined) {
    exchange.behavior.apply('impersonate-unknown', notFound(kind, value, lenient))
    return exchange.service
  }
  if (!exchange.mayImpersonate(mailbox)) exchange.behavior.apply('impersonate-ungranted', DENIED)
  // Unlike Exchange, grommunio accepts any name of a mailbox for any kind.
  if (!lenient && kind === 'PrimarySmtpAddress' && !isPrimary(mailbox, value))
    throw new Fault(
      'ErrorNonPrimarySmtpAddress',
      'The specified address is not the primary SMTP address of the mailbox.',
      { Primary: mailbox.user.primarySmtpAddress },
    )
  return mailbox
}

const DENIED = new Fault(
  'ErrorImpersonateUserDenied',
  'The account does not have permission to impersonate the requested user.',
)

const FIND = {
  PrincipalName: (exchange, value) => exchange.byPrincipalName(value),
  SID: (exchange, value) => exchange.bySid(value),
  PrimarySmtpAddress: (exchange, value) => exchange.byAddress(value),
  SmtpAddress: (exchange, value) => exchange.byAddress(value),
} as const satisfies Record<
  ConnectingSidKind,
  (exchange: Exchange, value: string) => Mailbox | undefined
>

const isPrimary = ({ user }: Mailbox, address: string) =>
  user.primarySmtpAddress.toLowerCase() === address.toLowerCase()

function notFound(kind: ConnectingSidKind, value: string, lenient: boolean): Fault {
  if (lenient) return new Fault('ErrorCannotFindUser', `Cannot find user ${value}.`)
  if (kind === 'PrincipalName')
    return new Fault('ErrorInvalidUserPrincipalName', 'The user principal name (UPN) is not valid.')
  if (kind === 'SID') return new Fault('ErrorInvalidUserSid', 'The user SID is not valid.')
  return new Fault(
    'ErrorNonExistentMailbox',
    'The SMTP address has no mailbox associated with it.',
    { SmtpAddress: value },
  )
}

const actorOf = (attributes: Readonly<Record<string, string>>) =>
  Object.entries(attributes).find(([name]) => /(^|:)actor$/.test(name))?.[1] ?? ''
