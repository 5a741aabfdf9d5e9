/**
 * Autodiscover as JSON: `/autodiscover/autodiscover.json?Email=…&Protocol=Ews`, with the address in
 * the query or as the last part of the path.
 *
 * @see https://learn.microsoft.com/en-us/openspecs/exchange_server_protocols/ms-oxdscli
 * @module
 */

import { malformed } from '../../xml/malformed.ts'
import type { DiscoveryAnswer, Form } from './autodiscover.ts'

/** Path of this form in lower case. */
export const JSON_PATH = '/autodiscover/autodiscover.json'
const WITH_ADDRESS = `${JSON_PATH}/v1.0/`

/** Exchange accepts this form without credentials. The gateway requires them, as for every request. */
export const JSON_FORM: Form = {
  read: (_body, url) => {
    const [path = '', query = ''] = url.split(/\?(.*)/s, 2)
    const parameters = [...new URLSearchParams(query)]
    const all = (name: string) =>
      parameters.filter(([key]) => key.toLowerCase() === name).map(([, value]) => value)
    const protocols = all('protocol')
    if (protocols.length !== 1 || protocols[0]?.toLowerCase() !== 'ews')
      throw malformed('Protocol must be Ews')
    const [address, another] = [...inPath(path), ...all('email')]
    if (!address || another !== undefined)
      throw malformed('the request must name exactly one address')
    return { address, settings: [] }
  },
  found: (_question, { ewsUrl }) => answer(200, { Protocol: 'Ews', Url: ewsUrl }),
  notFound: () =>
    answer(404, { ErrorCode: 'UserNotFound', ErrorMessage: 'The email address cannot be found.' }),
  invalid: why =>
    answer(400, { ErrorCode: 'InvalidRequest', ErrorMessage: `Invalid request: ${why}` }),
}

/** Whether a path is one of this form. @param path - lowercase, without the query */
export const isJsonPath = (path: string): boolean =>
  path === JSON_PATH ||
  /^[^/]+$/.test(path.startsWith(WITH_ADDRESS) ? path.slice(WITH_ADDRESS.length) : '')

function inPath(path: string): readonly string[] {
  if (path.length <= WITH_ADDRESS.length) return []
  try {
    return [decodeURIComponent(path.slice(WITH_ADDRESS.length))]
  } catch {
    throw malformed('the address in the path is not URL-encoded')
  }
}

const answer = (status: number, body: object): DiscoveryAnswer => ({
  status,
  type: 'application/json',
  body: JSON.stringify(body),
})
