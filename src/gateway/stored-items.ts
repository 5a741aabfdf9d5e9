/**
 * Asks the upstream for the senders of stored items that a request sends.
 *
 * The gateway asks as the impersonated user, at most once for each decision, and never keeps the response.
 *
 * @module
 */

import { isUnavailable } from '../ews/response-reader.ts'
import type { SentItem } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import type { User } from '../model/identity.ts'
import type { StoredItemResult } from '../model/stored-item.ts'
import type { Upstream } from '../upstream/upstream.ts'
import { escapeXml } from '../xml/text.ts'
import { ask } from './ask.ts'

const tag = (number: string, type: string): string =>
  `<t:ExtendedFieldURI PropertyTag="${number}" PropertyType="${type}"/>`
const header = (name: string): string =>
  `<t:ExtendedFieldURI DistinguishedPropertySetId="InternetHeaders" PropertyName="${name}" PropertyType="String"/>`

const SHAPE =
  '<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>' +
  '<t:FieldURI FieldURI="item:ItemClass"/>' +
  '<t:FieldURI FieldURI="message:From"/><t:FieldURI FieldURI="message:Sender"/>' +
  '<t:FieldURI FieldURI="calendar:Organizer"/>' +
  ['0x0065', '0x0C1F', '0x5D01', '0x5D02'].map(number => tag(number, 'String')).join('') +
  ['0x0041', '0x0C19'].map(number => tag(number, 'Binary')).join('') +
  ['From', 'Sender'].map(header).join('') +
  '</t:AdditionalProperties></m:ItemShape>'

/**
 * Returns the upstream's data about items; undefined if it responds with a fault.
 *
 * @param upstream - the upstream, or a connection to it
 * @param owner - principal whose request needs the data
 * @throws Failure if the upstream can't respond now
 */
export async function askItems(
  upstream: Pick<Upstream, 'send'>,
  items: readonly SentItem[],
  { primarySmtpAddress }: User,
  owner: string,
): Promise<readonly StoredItemResult[]> {
  const ids = items.map(({ id }) => `<t:ItemId Id="${escapeXml(id)}"/>`).join('')
  const response = await ask(upstream, {
    operation: 'GetItem',
    element: `<m:GetItem>${SHAPE}<m:ItemIds>${ids}</m:ItemIds></m:GetItem>`,
    address: primarySmtpAddress,
    owner,
  })
  if (isUnavailable(response))
    throw new Failure('upstream-unreachable', "The upstream can't tell now who sends an item", {
      kind: 'throttled',
    })
  return response.messages.map(({ code, items: [item, ...others] }) => ({
    code,
    item: others.length > 0 ? undefined : item,
  }))
}
