/**
 * AddDelegate, UpdateDelegate, RemoveDelegate, and GetDelegate.
 *
 * @module
 */

import { ResponseError } from '../../../sandbox/fault.ts'
import { type Call, message, type Operation } from '../../../sandbox/operations/operation.ts'
import { namedMailbox } from '../../../sandbox/operations/settings.ts'
import { m, t, type XmlElement } from '../../../sandbox/xml.ts'
import type { ServerSettings } from './mailbox-settings.ts'

/** Returns a response with one message for each delegate. */
function answer(
  call: Call,
  operation: string,
  users: readonly XmlElement[],
  one: (user: XmlElement) => readonly XmlElement[],
): XmlElement {
  const messages = () => [
    m(
      'ResponseMessages',
      users.map(user => message('DelegateUserResponseMessageType', () => one(user))),
    ),
  ]
  return message(`${operation}Response`, () => {
    namedMailbox(call, call.request.textAt('Mailbox', 'EmailAddress'))
    return messages()
  })
}

const delegatesOf = (settings: ServerSettings, call: Call) =>
  settings.of(namedMailbox(call, call.request.textAt('Mailbox', 'EmailAddress'))).delegates

/** Returns the address of a user that is named by UserId. The SID and the default users name no delegate here. */
function addressIn(userId: XmlElement | undefined): string {
  const address = userId?.textAt('PrimarySmtpAddress') ?? ''
  if (address === '') throw new ResponseError('ErrorInvalidOperation')
  return address.toLowerCase()
}

export const addDelegate =
  (settings: ServerSettings): Operation =>
  call =>
    answer(call, 'AddDelegate', call.request.listAt('DelegateUsers'), user => {
      delegatesOf(settings, call).set(addressIn(user.child('UserId')), user)
      return [m('DelegateUser', user.children)]
    })

export const updateDelegate =
  (settings: ServerSettings): Operation =>
  call =>
    answer(call, 'UpdateDelegate', call.request.listAt('DelegateUsers'), user => {
      const delegates = delegatesOf(settings, call)
      const address = addressIn(user.child('UserId'))
      if (!delegates.has(address)) throw new ResponseError('ErrorItemNotFound')
      delegates.set(address, user)
      return [m('DelegateUser', user.children)]
    })

export const removeDelegate =
  (settings: ServerSettings): Operation =>
  call =>
    answer(call, 'RemoveDelegate', call.request.listAt('UserIds'), userId => {
      if (!delegatesOf(settings, call).delete(addressIn(userId)))
        throw new ResponseError('ErrorItemNotFound')
      return []
    })

export const getDelegate =
  (settings: ServerSettings): Operation =>
  call =>
    message('GetDelegateResponse', () => [
      m(
        'ResponseMessages',
        [...delegatesOf(settings, call).values()].map(user =>
          message('DelegateUserResponseMessageType', () => [t('DelegateUser', user.children)]),
        ),
      ),
      m('DeliverMeetingRequests', 'DelegatesAndMe'),
    ])
