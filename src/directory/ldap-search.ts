/**
 * Searches below an LDAP entry, in pages.
 *
 * @module
 */

import { AndFilter, type Client, type Filter } from 'ldapts'
import { type Attributes, BINARY } from './ldap-entry.ts'

const PAGE_SIZE = 1_000

/** Returns all matching entries, from all pages. Does not follow referrals. */
export type Search = (filter: Filter, attributes: string[]) => Promise<Attributes[]>

/** Returns a function that searches below an entry. */
export const searchBelow =
  (client: Client, baseDn: string): Search =>
  async (filter, attributes) => {
    const found: Attributes[] = []
    const pages = client.searchPaginated(baseDn, {
      scope: 'sub',
      filter,
      attributes,
      explicitBufferAttributes: BINARY,
      paged: { pageSize: PAGE_SIZE },
    })
    for await (const { searchEntries } of pages) found.push(...(searchEntries as Attributes[]))
    return found
  }

/** Returns the entry with a distinguished name, or undefined if the account cannot see it. */
export async function readEntry(
  client: Client,
  dn: string,
  attributes: string[],
): Promise<Attributes | undefined> {
  const { searchEntries } = await client.search(dn, {
    scope: 'base',
    attributes,
    explicitBufferAttributes: ['invocationId'],
  })
  return searchEntries[0] as Attributes | undefined
}

/** Returns a filter that matches if both filters match. */
export const andFilter = (one: Filter, other: Filter): Filter =>
  new AndFilter({ filters: [one, other] })
