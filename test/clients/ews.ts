/**
 * ews-javascript-api behind the gateway: how it is pointed there, and what its errors say.
 */

import { createRequire } from 'node:module'
import {
  ConnectingIdType,
  ExchangeService,
  ExchangeVersion,
  ImpersonatedUserId,
  ServiceError,
  SoapFaultDetails,
  Uri,
  WebCredentials,
} from 'ews-javascript-api'
import type { GatewayTestServer, Key } from '../kit/gateway-test-server.ts'

// Extended properties are written with a function that Node.js 23 has taken away.
const util: object = createRequire(import.meta.url)('node:util')
Object.assign(util, {
  isNullOrUndefined: (value: unknown) => value === undefined || value === null,
})

/** Returns a service for a user's mailbox, as in docs/clients.md. */
export function serviceFor(
  server: Pick<GatewayTestServer, 'url'>,
  key: Pick<Key, 'id' | 'secret'>,
  id = 'alice@example.com',
  kind: ConnectingIdType = ConnectingIdType.SmtpAddress,
  version: ExchangeVersion = ExchangeVersion.Exchange2016,
): ExchangeService {
  const service = new ExchangeService(version)
  service.Url = new Uri(server.url)
  service.Credentials = new WebCredentials(key.id, key.secret)
  service.ImpersonatedUserId = new ImpersonatedUserId(kind, id)
  return service
}

/**
 * Returns the result of an attempt: the response code of a fault, the HTTP status of a response without a
 * fault, or `done`. Any other error is a mistake of the client, and is thrown.
 */
export async function outcomeOf(attempt: () => Promise<unknown>): Promise<string | number> {
  try {
    await attempt()
    return 'done'
  } catch (error) {
    if (!(error instanceof SoapFaultDetails)) throw error
    const { responseCode } = error as unknown as { responseCode: ServiceError }
    const name = ServiceError[responseCode] ?? String(responseCode)
    return error.HttpStatusCode === 500 ? name : error.HttpStatusCode
  }
}

/** ews-javascript-api writes text into XML as it is: this must come before. */
export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
