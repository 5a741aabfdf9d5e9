/**
 * Searching below one entry by LDAP, in pages.
 *
 * @module
 */

import { AndFilter, type Client, type Filter } from 'ldapts'
import { type Attributes, BINARY } from './ldap-entry.ts'

const PAGE = 1_000

/** All that match, however many pages that takes; what referrals lead to is not among them. */
export type Search = (filter: Filter, attributes: string[]) => Promise<Attributes[]>

export const searchBelow =
  (client: Client, baseDn: string): Search =>
  async (filter, attributes) => {
    const found: Attributes[] = []
    const pages = client.searchPaginated(baseDn, {
      scope: 'sub',
      filter,
      attributes,
      explicitBufferAttributes: BINARY,
      paged: { pageSize: PAGE },
    })
    for await (const { searchEntries } of pages) found.push(...(searchEntries as Attributes[]))
    return found
  }

/** The entry of a name, or nothing where it cannot be seen. */
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

export const both = (one: Filter, other: Filter): Filter => new AndFilter({ filters: [one, other] })
