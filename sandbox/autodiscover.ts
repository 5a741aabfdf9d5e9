/**
 * Autodiscover of the sandbox: GetUserSettings, only with GroupingInformation.
 *
 * @module
 */

import { GROUPING_INFORMATION } from '../src/ews/autodiscover/grouping.ts'
import { AUTODISCOVER_NS, SOAP_NS } from '../src/model/envelope.ts'
import { escapeXml } from '../src/xml/text.ts'
import type { Exchange } from './exchange.ts'
import type { XmlElement } from './xml.ts'
import { readXml } from './xml-read.ts'

/** Path in lower case, because IIS ignores case. */
export const AUTODISCOVER_PATH = '/autodiscover/autodiscover.svc'

/** Returns the response to a request; undefined if it isn't a GetUserSettings request. */
export function discover(exchange: Exchange, bytes: Buffer): string | undefined {
  const request = requestIn(bytes)
  if (request === undefined) return undefined
  const asksGrouping = request
    .listAt('RequestedSettings')
    .some(({ text }) => text === GROUPING_INFORMATION)
  const users = request
    .listAt('Users')
    .map(user => userResponse(exchange, user.textAt('Mailbox') ?? '', asksGrouping))
  return (
    `<s:Envelope xmlns:s="${SOAP_NS}" xmlns:a="http://www.w3.org/2005/08/addressing"><s:Header>` +
    `<a:Action s:mustUnderstand="1">${AUTODISCOVER_NS}/Autodiscover/GetUserSettingsResponse</a:Action>` +
    `</s:Header><s:Body><GetUserSettingsResponseMessage xmlns="${AUTODISCOVER_NS}"` +
    ' xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><Response><ErrorCode>NoError</ErrorCode>' +
    `<ErrorMessage/><UserResponses>${users.join('')}</UserResponses></Response>` +
    '</GetUserSettingsResponseMessage></s:Body></s:Envelope>'
  )
}

function requestIn(bytes: Buffer): XmlElement | undefined {
  try {
    return readXml(bytes, false).at('Body', 'GetUserSettingsRequestMessage', 'Request')
  } catch {
    return undefined
  }
}

function userResponse(exchange: Exchange, address: string, asksGrouping: boolean): string {
  const mailbox = exchange.byAddress(address)
  if (mailbox === undefined)
    return (
      '<UserResponse><ErrorCode>InvalidUser</ErrorCode><ErrorMessage>Invalid user.</ErrorMessage>' +
      '<RedirectTarget i:nil="true"/><UserSettingErrors/><UserSettings/></UserResponse>'
    )
  const value = escapeXml(exchange.nodes.siteOf(mailbox))
  const setting =
    `<UserSetting i:type="StringSetting"><Name>${GROUPING_INFORMATION}</Name>` +
    `<Value>${value}</Value></UserSetting>`
  return (
    '<UserResponse><ErrorCode>NoError</ErrorCode><ErrorMessage>No error.</ErrorMessage>' +
    '<RedirectTarget i:nil="true"/><UserSettingErrors/>' +
    `<UserSettings>${asksGrouping ? setting : ''}</UserSettings></UserResponse>`
  )
}
