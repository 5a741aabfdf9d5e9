/**
 * Settings of a mailbox: out of office, user configurations, delegates, and inbox rules.
 *
 * @module
 */

import { dateText } from '../elements.ts'
import { ResponseError } from '../fault.ts'
import { findFolder } from '../locate.ts'
import type { Mailbox } from '../mailbox.ts'
import { m, t, XmlElement } from '../xml.ts'
import { type Call, errorChildren, message, type Operation, respondOnce } from './operation.ts'

const DAY = 86_400_000

/** Returns the mailbox that a request names by address, or the user's own. */
export function namedMailbox({ exchange, actor }: Call, address: string | undefined): Mailbox {
  if (address === undefined || address === '') return actor
  const mailbox = exchange.byAddress(address)
  if (mailbox === undefined || !exchange.mayOpen(actor, mailbox.primary))
    throw new ResponseError('ErrorNonExistentMailbox')
  exchange.noteOpened(mailbox.primary, actor)
  return mailbox
}

/** Returns a response in the form that GetUserOofSettings and SetUserOofSettings have. */
const oofAnswer = (operation: string, contents: () => readonly XmlElement[]): XmlElement => {
  try {
    const found = contents()
    const response = m(
      'ResponseMessage',
      { ResponseClass: 'Success' },
      m('ResponseCode', 'NoError'),
    )
    return m(`${operation}Response`, response, found)
  } catch (error) {
    if (!(error instanceof ResponseError)) throw error
    const response = m('ResponseMessage', { ResponseClass: 'Error' }, errorChildren(error))
    return m(`${operation}Response`, response)
  }
}

/** Returns the out-of-office settings. */
export const getUserOofSettings: Operation = call =>
  oofAnswer('GetUserOofSettings', () => {
    const mailbox = namedMailbox(call, call.request.textAt('Mailbox', 'Address'))
    const settings = mailbox.oof.get('settings') ?? noOof(call.exchange.now())
    return [settings, m('AllowExternalOof', 'All')]
  })

const noOof = (now: number) =>
  t(
    'OofSettings',
    t('OofState', 'Disabled'),
    t('ExternalAudience', 'All'),
    t('Duration', t('StartTime', dateText(now)), t('EndTime', dateText(now + DAY))),
    t('InternalReply', t('Message')),
    t('ExternalReply', t('Message')),
  )

/** Replaces the out-of-office settings. */
export const setUserOofSettings: Operation = call =>
  oofAnswer('SetUserOofSettings', () => {
    const mailbox = namedMailbox(call, call.request.textAt('Mailbox', 'Address'))
    const given = call.request.child('UserOofSettings')
    if (given === undefined) throw new ResponseError('ErrorInvalidOperation')
    mailbox.oof.set('settings', complete(given, noOof(call.exchange.now())))
    return []
  })

/** Returns the given values in the order of the schema, with defaults for missing ones. */
const complete = (given: XmlElement, defaults: XmlElement) =>
  t(
    'OofSettings',
    defaults.children.map(part => given.child(part.name) ?? part),
  )

/** Returns a configuration from a folder. */
export const getUserConfiguration: Operation = call => {
  const contents = () => {
    const name = call.request.child('UserConfigurationName')
    const folder = findFolder(call, name?.children[0])
    const owner = call.exchange.byAddress(folder.store.owner)
    const found = owner?.configurations.get(`${folder.counter} ${name?.attribute('Name')}`)
    if (found === undefined || name === undefined) throw new ResponseError('ErrorItemNotFound')
    const holder = new XmlElement('t', 'UserConfigurationName', name.attributes, name.children, '')
    return [m('UserConfiguration', holder, found.children)]
  }
  return respondOnce('GetUserConfiguration', contents)
}

/** Lists delegates. There are none. */
export const getDelegate: Operation = call => {
  const contents = () => {
    namedMailbox(call, call.request.textAt('Mailbox', 'EmailAddress'))
    return [m('DeliverMeetingRequests', 'DelegatesAndMe')]
  }
  return message('GetDelegateResponse', contents)
}

/** Lists inbox rules. There are none. */
export const getInboxRules: Operation = call => {
  const contents = () => {
    namedMailbox(call, call.request.textAt('MailboxSmtpAddress'))
    return [m('OutlookRuleBlobExists', 'false')]
  }
  return message('GetInboxRulesResponse', contents)
}
