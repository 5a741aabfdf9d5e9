/**
 * A health probe for container images, which don't include curl.
 *
 * @module
 */

import { get } from 'node:http'

const DEADLINE_MS = 2_000

/**
 * Requests one page of the ops listener.
 *
 * @param url - URL of `/livez` or `/readyz`
 * @returns the exit code: 0 if the status is 200 within two seconds, otherwise 1
 */
export async function probe(url: string): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  try {
    get(url, { agent: false, signal: AbortSignal.timeout(DEADLINE_MS) }, response => {
      response.resume()
      resolve(response.statusCode)
    }).on('error', reject)
    return (await promise) === 200 ? 0 : 1
  } catch {
    return 1
  }
}
