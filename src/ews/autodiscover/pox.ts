/**
 * Autodiscover as plain XML: `/autodiscover/autodiscover.xml`.
 *
 * @see https://learn.microsoft.com/en-us/exchange/client-developer/web-service-reference/pox-autodiscover-web-service-reference-for-exchange
 * @module
 */

import { malformed } from '../../xml/malformed.ts'
import type { DiscoveryAnswer, Form } from './autodiscover.ts'
import { inside, readDocument, textsOf, writeDocument } from './document.ts'

const BASE = 'http://schemas.microsoft.com/exchange/autodiscover'
const REQUEST_NS = `${BASE}/outlook/requestschema/2006`
const RESPONSE_NS = `${BASE}/responseschema/2006`
const OUTLOOK_NS = `${BASE}/outlook/responseschema/2006a`

const NOT_FOUND = 500
const INVALID = 600

/** Accepts only Outlook's schema. Phones request another one, and the gateway has no ActiveSync. */
export const POX: Form = {
  read: body => {
    const request = inside(readDocument(body, REQUEST_NS, 'Autodiscover'), 'Request')
    const [address, another] = textsOf(request, 'EMailAddress')
    if (!address || another !== undefined)
      throw malformed('the request must have exactly one EMailAddress')
    const [schema = OUTLOOK_NS] = textsOf(request, 'AcceptableResponseSchema')
    if (schema !== OUTLOOK_NS) throw malformed(`AcceptableResponseSchema must be ${OUTLOOK_NS}`)
    return { address, settings: [] }
  },
  found: (_question, { ewsUrl }) => {
    const urls = { ASUrl: ewsUrl, EwsUrl: ewsUrl }
    return answer(OUTLOOK_NS, {
      Account: {
        AccountType: 'email',
        Action: 'settings',
        // Returns two protocols, because clients use the one for internal networks or the one for external
        // networks.
        Protocol: [
          { Type: 'EXCH', ...urls },
          { Type: 'EXPR', ...urls },
        ],
      },
    })
  },
  notFound: () => error(NOT_FOUND, 'The email address cannot be found.'),
  invalid: why => error(INVALID, `Invalid request: ${why}`),
}

const error = (code: number, message: string) =>
  answer(RESPONSE_NS, { Error: { ErrorCode: code, Message: message, DebugData: '' } })

/** Returns a response. Its HTTP status is always 200, as in Exchange. */
const answer = (namespace: string, response: object): DiscoveryAnswer => ({
  status: 200,
  type: 'text/xml; charset=utf-8',
  body: writeDocument({
    Autodiscover: { '@xmlns': RESPONSE_NS, Response: { '@xmlns': namespace, ...response } },
  }),
})
