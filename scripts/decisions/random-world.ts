/**
 * Random organizations: a few users, groups, and access control rules, and many roles.
 *
 * IDs and names are the same in every organization, so that one can be written over another:
 * a user, group, or role changes between them, appears, and disappears.
 *
 * @module
 */

import type { Random } from './random.ts'
import { RANGES, randomPrincipal } from './random-policy.ts'
import { randomRole } from './random-role.ts'
import type { AccessRule, Group, Person, World } from './terms.ts'

/** Configuration of an organization. Its reserved accounts are also users. */
export type Settings = Pick<
  World,
  'organizationId' | 'serviceAddresses' | 'neutralMailbox' | 'acceptedDomains'
>

const NAMES = ['alice', 'bob', 'carol', 'dave', 'ceo']
const GROUPS = ['staff', 'board', 'sales']
export const ADDRESSES = ['192.0.2.7', '198.51.100.9', '::ffff:192.0.2.9', '2001:db8::5']

const uuidOf = (kind: string, n: number): string =>
  `${kind.padEnd(8, kind)}-0000-4000-8000-${String(n).padStart(12, '0')}`

/** IDs of the principals of an organization. No other organization has them. */
export const principalsOf = ({ organizationId }: Settings, count: number): readonly string[] =>
  Array.from({ length: count }, (_, n) => uuidOf(organizationId.slice(2, 10), n))

type Size = Readonly<{ roles: number; principals: number }>

/** @param before - the organization's last world, many of whose roles are kept */
export function randomWorld(random: Random, settings: Settings, size: Size, before?: World): World {
  const users = randomUsers(random, settings)
  const ids = users.map(({ id }) => id)
  const groups = randomGroups(random, ids)
  const targets = { users: ids, groups: groups.map(({ id }) => id) }
  const roleIds = Array.from({ length: size.roles }, (_, n) => uuidOf('d', n))
  const world = {
    ...settings,
    users,
    groups,
    roles: roleIds.flatMap((id, n) => {
      const kept = before?.roles.find(role => role.id === id)
      if (random.chance(0.02)) return []
      return kept && random.chance(0.7) ? [kept] : [randomRole(random, id, n, targets)]
    }),
    accessControl: randomAccessControl(random, ids, roleIds),
    principals: principalsOf(settings, size.principals).map(id =>
      randomPrincipal(random, id, roleIds),
    ),
  }
  return {
    ...world,
    ...((random.chance(0.3) || before === undefined) && {
      protection: randomProtection(random, world),
    }),
  }
}

/** An exception has ended, or doesn't end during the test. */
const randomProtection = (
  random: Random,
  { users, groups, roles }: World,
): NonNullable<World['protection']> => ({
  users: random.some(
    users.map(({ id }) => id),
    0.5,
  ),
  groups: random.some(
    groups.map(({ id }) => id),
    0.2,
  ),
  exceptions: random
    .some(roles, 0.2)
    .map(({ id }) => ({ role: id, notAfter: random.chance(0.5) ? 1 : 4_102_444_800_000 })),
})

function randomUsers(
  random: Random,
  { serviceAddresses, neutralMailbox }: Settings,
): readonly Person[] {
  const people = random.list(2, 5, n => randomPerson(random, n))
  const reserved = [...serviceAddresses.slice(0, 1), ...(neutralMailbox ? [neutralMailbox] : [])]
  return [
    ...people,
    ...random.some(reserved, 0.4).map(primarySmtpAddress => ({
      id: uuidOf('a', 90 + reserved.indexOf(primarySmtpAddress)),
      primarySmtpAddress,
      aliases: primarySmtpAddress === reserved[0] ? serviceAddresses.slice(1) : [],
    })),
  ]
}

function randomPerson(random: Random, n: number): Person {
  const name = NAMES[n] as string
  const [one, other] = [`${name}@example.com`, `${name}.new@example.com`]
  const [primarySmtpAddress, spare] = random.chance(0.8) ? [one, other] : [other, one]
  return {
    id: uuidOf('a', n),
    primarySmtpAddress,
    aliases: [...random.some([spare], 0.4), ...random.some([`${name}.alias@example.com`], 0.4)],
    ...(random.chance(0.8) && { principalName: `${name}@corp.example.com` }),
    ...(random.chance(0.8) && { sid: `S-1-5-21-1004336348-1177238915-682003330-${1100 + n}` }),
    ...(random.chance(0.1) && { enabled: false }),
    ...(random.chance(0.05) && { deleted: true as const }),
  }
}

/** Some organizations have only empty, deleted groups. Groups can contain one another in a circle. */
function randomGroups(random: Random, users: readonly string[]): readonly Group[] {
  const ids = GROUPS.map((_, n) => uuidOf('b', n))
  const areUsed = random.chance(0.6)
  return GROUPS.map((name, n) => ({
    id: uuidOf('b', n),
    name,
    users: areUsed ? random.some(users, 0.4) : [],
    groups: areUsed ? random.some(ids.toSpliced(n, 1), 0.2) : [],
    ...((!areUsed || random.chance(0.3)) && { deleted: true as const }),
  }))
}

/** In the order of the names. */
function randomAccessControl(
  random: Random,
  users: readonly string[],
  roles: readonly string[],
): readonly AccessRule[] {
  const ofAll: AccessRule = { name: 'Default', effect: 'ALLOW' }
  return [
    ...random.some([ofAll], 0.85),
    ...random.list(0, 3, n => randomAccessRule(random, `rule-${n}`, users, roles)),
  ]
}

function randomAccessRule(
  random: Random,
  name: string,
  users: readonly string[],
  roles: readonly string[],
): AccessRule {
  return {
    name,
    effect: random.chance(0.75) ? 'ALLOW' : 'DENY',
    ...(random.chance(0.4) && { ipRanges: [random.pick(RANGES)] }),
    ...(random.chance(0.15) && { notIpRanges: [random.pick(RANGES)] }),
    ...(random.chance(0.2) && { actions: [random.pick(['EWS', 'IMAP']), 'SMTP'] }),
    ...(random.chance(0.1) && { notActions: [random.pick(['EWS', 'IMAP', 'IMAP'])] }),
    ...(random.chance(0.25) && { userIds: random.atLeastOne(users) }),
    ...(random.chance(0.15) && { notUserIds: random.atLeastOne(users) }),
    ...(random.chance(0.2) && { impersonationRoleIds: random.atLeastOne(roles) }),
    ...(random.chance(0.15) && { notImpersonationRoleIds: random.atLeastOne(roles) }),
  }
}
