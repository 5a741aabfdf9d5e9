/**
 * GroupingInformation: asks the upstream's Autodiscover for it, and reads the response.
 *
 * Clients put mailboxes with the same GroupingInformation into one group of streaming subscriptions.
 *
 * @see https://learn.microsoft.com/en-us/exchange/client-developer/exchange-web-services/how-to-maintain-affinity-between-group-of-subscriptions-and-mailbox-server
 * @module
 */

import { ADDRESSING_NS, AUTODISCOVER_NS, SOAP_NS } from '../../model/envelope.ts'
import { Failure } from '../../model/failure.ts'
import { escapeXml } from '../../xml/text.ts'
import type { EwsResponse } from '../response-reader.ts'

/** Name of the setting that groups mailboxes. */
export const GROUPING_INFORMATION = 'GroupingInformation'

/** Error codes of servers that currently can't respond, so that they say nothing about the mailbox. */
const UNAVAILABLE: ReadonlySet<string> = new Set(['InternalServerError', 'ServerBusy'])

/**
 * Returns a GetUserSettings request for one mailbox.
 *
 * @param url - URL of the upstream's Autodiscover
 */
export const groupingRequest = (address: string, url: string): Buffer =>
  Buffer.from(
    `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="${SOAP_NS}"` +
      ` xmlns:a="${AUTODISCOVER_NS}" xmlns:w="${ADDRESSING_NS}"><s:Header>` +
      '<a:RequestedServerVersion>Exchange2013</a:RequestedServerVersion>' +
      `<w:Action>${AUTODISCOVER_NS}/Autodiscover/GetUserSettings</w:Action>` +
      `<w:To>${escapeXml(url)}</w:To></s:Header><s:Body><a:GetUserSettingsRequestMessage>` +
      `<a:Request><a:Users><a:User><a:Mailbox>${escapeXml(address)}</a:Mailbox></a:User></a:Users>` +
      `<a:RequestedSettings><a:Setting>${GROUPING_INFORMATION}</a:Setting></a:RequestedSettings>` +
      '</a:Request></a:GetUserSettingsRequestMessage></s:Body></s:Envelope>',
  )

/**
 * Returns the GroupingInformation of the mailbox; undefined if the upstream has none.
 *
 * @throws Failure `upstream-unreachable` if the response doesn't tell
 */
export function groupingOf({ fault, messages }: EwsResponse): string | undefined {
  const [message, ...others] = messages
  if (fault !== undefined || message === undefined || others.length > 0)
    throw unreadable('The Autodiscover of the upstream sent no response for the mailbox')
  if (UNAVAILABLE.has(message.code))
    throw unreadable(`The Autodiscover of the upstream can't answer now (${message.code})`)
  return message.code === 'NoError' ? message.settings?.get(GROUPING_INFORMATION) : undefined
}

const unreadable = (message: string) =>
  new Failure('upstream-unreachable', message, { kind: 'not-ews', reach: 'answered' })
