/**
 * The search for users, in SQL. It reads the index of terms, a few rows at a time, so the cost of a page does not
 * depend on the number of users. A user has many terms, but is found only once, by the first term that begins with
 * the text. Users with the words in another order follow those with the words in the order of the text.
 *
 * @module
 */

import type { Selectable } from 'kysely'
import { foldName, type OrganizationId, type User } from '../model/identity.ts'
import type { Beginning, Found, SearchPage, SearchPlace } from './store.ts'
import type { Database, UserTable } from './tables.ts'
import { EVERYBODY, LAST, leadOf, listedValueOf, termsOf, wordsOf } from './terms.ts'
import { disabledIn, userOf } from './users.ts'

/** Number of rows in one read. */
const READ = 200
/** Maximum number of reads for one page, if few of many rows match. */
const READS = 10

export async function searchUsers(
  db: Database,
  organization: OrganizationId,
  text: string,
  { after, limit, enabled }: SearchPage,
): Promise<Found> {
  const words = wordsOf(text)
  const phrase = words.join(' ') || EVERYBODY
  const walk = (lead: string, from: Place | undefined, isWanted: IsWanted) =>
    walkAlong(db, organization, lead, { from, limit, enabled, isWanted })

  if (!after?.scattered) {
    const { users, next } = await walk(phrase, after, () => true)
    if (words.length < 2) return { users, ...(next && { next: { ...next, scattered: false } }) }
    if (next) return { users, next: { ...next, scattered: false } }
    if (users.length > 0) return { users, next: BEFORE_ALL }
  }
  // Searches by the longest word, because probably the fewest users have it.
  const lead = words.reduce((longest, word) => (word.length > longest.length ? word : longest), '')
  const isScattered: IsWanted = terms =>
    words.every(word => terms.some(term => term.startsWith(word))) &&
    !terms.some(term => term.startsWith(phrase))
  const { users, next } = await walk(lead, after?.scattered ? after : undefined, isScattered)
  return { users, ...(next && { next: { ...next, scattered: true } }) }
}

/** Lists users by one field. Compares each value again, because terms are truncated and have no accents. */
export async function listUsers(
  db: Database,
  organization: OrganizationId,
  { field, prefix }: Beginning,
  { after, limit, enabled }: SearchPage,
): Promise<Found> {
  const folded = foldName(prefix)
  const { users, next } = await walkAlong(db, organization, leadOf(field, prefix), {
    from: after,
    limit,
    enabled,
    isWanted: (_, user) => foldName(listedValueOf(field, user)).startsWith(folded),
  })
  return { users, ...(next && { next: { ...next, scattered: false } }) }
}

type Place = Omit<SearchPlace, 'scattered'>
type IsWanted = (terms: readonly string[], user: User) => boolean
type Walk = Readonly<{
  from: Place | undefined
  limit: number
  enabled: boolean | undefined
  isWanted: IsWanted
}>

const BEFORE_ALL = { term: '', userId: '' as User['id'], scattered: true } as const

/** Returns users in the order of their first term that begins with `lead`. */
async function walkAlong(
  db: Database,
  organization: OrganizationId,
  lead: string,
  { from, limit, enabled, isWanted }: Walk,
): Promise<Readonly<{ users: readonly User[]; next?: Place }>> {
  const users: User[] = []
  let place = from
  for (let reads = 0; reads < READS; reads += 1) {
    const rows = await readRows(db, organization, lead, { after: place, enabled })
    for (const row of rows) {
      const user = userOf(row)
      const terms = [...termsOf(user)]
      if (terms.every(one => !one.startsWith(lead) || one >= row.term) && isWanted(terms, user)) {
        if (users.length === limit && place) return { users, next: place }
        users.push(user)
      }
      place = { term: row.term, userId: user.id }
    }
    if (rows.length < READ) return { users }
  }
  return { users, ...(place && { next: place }) }
}

type Row = Selectable<UserTable> & Readonly<{ term: string }>

async function readRows(
  db: Database,
  organization: OrganizationId,
  lead: string,
  { after, enabled }: Readonly<{ after: Place | undefined; enabled: boolean | undefined }>,
): Promise<readonly Row[]> {
  const from = after && after.term > lead ? after.term : lead
  // Selects the terms in a subquery, because the database would otherwise join all matching terms with users first.
  const some = db
    .selectFrom('user_terms')
    .select(['term', 'user_id'])
    .where('organization_id', '=', organization)
    .where('term', '>=', from)
    .where('term', '<', `${lead}${LAST}`)
    .where(({ or, eb }) =>
      or([
        eb('term', '>', after?.term ?? ''),
        eb('user_id', '>', after?.userId ?? ('' as User['id'])),
      ]),
    )
    .$if(enabled !== undefined, terms =>
      terms.where('user_id', enabled ? 'not in' : 'in', disabledIn(db, organization)),
    )
    .orderBy('term')
    .orderBy('user_id')
    .limit(READ)
  return await db
    .selectFrom(some.as('some'))
    .innerJoin('users', join =>
      join.onRef('users.id', '=', 'some.user_id').on('users.organization_id', '=', organization),
    )
    .selectAll('users')
    .select('some.term')
    .orderBy('some.term')
    .orderBy('some.user_id')
    .execute()
}
