/**
 * Value of a changed member: times as times, and users, groups, roles, and principals as links with their names.
 *
 * @module
 */

import Box from '@cloudscape-design/components/box'
import { useGroupNames, useUserNames } from '../parts/names.ts'
import { PageLink } from '../parts/page-link.tsx'
import { useRead } from '../parts/query.ts'
import { Time } from '../parts/time.tsx'
import { timeInShort } from '../parts/time-words.ts'
import { localZone } from '../parts/zone.ts'
import { readAll } from '../principals/all.ts'
import { useSession } from '../session/session.ts'
import type { IdKind } from './long-lists.ts'
import type { ChangedMember } from './record.ts'
import { idsIn, type StateWords, shownIds, textOfState, timeIn } from './state-values.ts'

const PAGES: Readonly<Record<IdKind, string>> = {
  user: '/users',
  group: '/groups',
  role: '/roles',
  principal: '/principals',
}

type Props = { name: string; value: unknown; words: StateWords }

export function StateValue({ name, value, words }: Props) {
  if (value === undefined) return '–'
  const time = timeIn(name, value)
  if (time !== undefined) return <Time at={time} />
  const ids = idsIn(name, value)
  if (ids.length > 0)
    return ids.map(named => (
      <div key={named.id}>
        <PageLink path={`${PAGES[named.kind]}/${named.id}`}>{words.name(named)}</PageLink>
      </div>
    ))
  const text = textOfState(name, value, words)
  return text.includes('\n') ? <Box variant="pre">{text}</Box> : text || '–'
}

/**
 * Reads the names of all IDs that changed members show. An ID without a name is its own name.
 *
 * @param recorded - names in the record, for IDs without a present name
 */
export function useStateWords(
  members: readonly ChangedMember[],
  recorded: ReadonlyMap<string, string>,
): StateWords {
  const shown = shownIds(members)
  const of = (kind: IdKind) => shown.filter(named => named.kind === kind).map(({ id }) => id)
  const userOf = useUserNames(of('user'))
  const groupOf = useGroupNames(of('group'))
  const { data = new Map() } = useRoleAndPrincipalNames(
    of('role').length > 0,
    of('principal').length > 0,
  )
  return {
    time: seconds => timeInShort(seconds, localZone()),
    name: ({ kind, id }) => {
      const present = kind === 'user' ? userOf(id) : kind === 'group' ? groupOf(id) : data.get(id)
      return present === undefined || present === id ? (recorded.get(id) ?? id) : present
    },
  }
}

/** Reads the names of all roles and principals, if they are needed and the policy allows it. */
function useRoleAndPrincipalNames(needsRoles: boolean, needsPrincipals: boolean) {
  const { may } = useSession()
  const roles = needsRoles && may('ewsgateway:ListRoleSummaries')
  const principals = needsPrincipals && may('ewsgateway:ListPrincipals')
  return useRead<ReadonlyMap<string, string>>(`names ${roles} ${principals}`, async call => {
    const [{ Roles }, all] = await Promise.all([
      roles ? call('EwsGateway.ListRoleSummaries', {}) : { Roles: [] },
      principals ? readAll(call) : [],
    ])
    return new Map([
      ...Roles.map(({ ImpersonationRoleId: id, Name }) => [id, Name] as const),
      ...all.map(({ PrincipalId: id, Name }) => [id, Name] as const),
    ])
  })
}
