/**
 * The naive model's users and groups: the user that a request means, and the groups of a user.
 *
 * @module
 */

import type { Person, Question, Target, World } from './terms.ts'

/**
 * The user that header and user name both mean. `unknown`: no user that a request can name;
 * `conflict`: two different ones; `unnamed`: neither names a user.
 */
export function personMeant(
  world: World,
  { target, mailbox }: Pick<Question, 'target' | 'mailbox'>,
): Person | 'unknown' | 'conflict' | 'unnamed' {
  const byHeader = target === null ? undefined : nameable(world, target)
  const byUserName =
    mailbox === undefined ? undefined : nameable(world, { kind: 'SmtpAddress', value: mailbox })
  if (target === null && mailbox === undefined) return 'unnamed'
  if (target !== null && mailbox !== undefined && byHeader?.id !== byUserName?.id) return 'conflict'
  return byHeader ?? byUserName ?? 'unknown'
}

/** The user with a name, unless they are disabled or one of the reserved accounts. */
export function nameable(world: World, target: NonNullable<Target>): Person | undefined {
  const user = personNamed(world, target)
  return user !== undefined && canBeNamed(world, user) ? user : undefined
}

/** Whether a request can name a user: not one who is disabled, deleted, or a reserved account. */
export const canBeNamed = (world: World, user: Person): boolean =>
  user.enabled !== false && !user.deleted && !isReserved(world, user)

/** The user with a name, whether or not a request can name them. */
export function personNamed(
  { users }: World,
  { kind, value }: NonNullable<Target>,
): Person | undefined {
  const wanted = value.toLowerCase()
  for (const user of users) {
    if (user.deleted) continue
    if (namesOf(user, kind).some(name => name.toLowerCase() === wanted)) return user
  }
  return undefined
}

function namesOf(user: Person, kind: string): readonly string[] {
  if (kind === 'SID') return user.sid === undefined ? [] : [user.sid]
  if (kind === 'PrincipalName') return user.principalName === undefined ? [] : [user.principalName]
  return [user.primarySmtpAddress, ...user.aliases]
}

/** Whether the user is the service account or the neutral mailbox. */
function isReserved({ serviceAddresses, neutralMailbox }: World, user: Person): boolean {
  const reserved = [...serviceAddresses, ...(neutralMailbox === undefined ? [] : [neutralMailbox])]
  return namesOf(user, 'SmtpAddress').some(name =>
    reserved.some(address => address.toLowerCase() === name.toLowerCase()),
  )
}

/**
 * The groups that a user is in, directly or through other groups. `former`: those that are deleted,
 * or that the user is in only through a deleted one.
 */
export function groupsOf(
  { groups }: World,
  user: Person,
): Readonly<{ live: readonly string[]; former: readonly string[] }> {
  const live: string[] = []
  const all: string[] = []
  // As often as there are groups: membership is inherited at most through each of them.
  for (const _ of groups)
    for (const group of groups) {
      const isMember = (of: readonly string[]) =>
        group.users.includes(user.id) || group.groups.some(id => of.includes(id))
      if (!group.deleted && !live.includes(group.id) && isMember(live)) live.push(group.id)
      if (!all.includes(group.id) && isMember(all)) all.push(group.id)
    }
  return { live, former: all.filter(id => !live.includes(id)) }
}
