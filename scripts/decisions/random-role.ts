/**
 * Random roles.
 *
 * @module
 */

import type { Random } from './random.ts'
import type { Guard, Lock, Period, Role, Rule } from './terms.ts'

type Targets = Readonly<{ users: readonly string[]; groups: readonly string[] }>

const EXTRA_READS = ['GetImItemList', 'GetImItems', 'GetAppManifests', 'GetUserConfiguration']

export function randomRole(random: Random, id: string, n: number, targets: Targets): Role {
  return {
    id,
    name: `${random.pick(['Backup', 'Migration'])} ${n}`,
    type: random.chance(0.6) ? 'FULL_ACCESS' : 'READ_ONLY',
    rules: random.list(0, 4, rule => randomRule(random, `rule-${rule}`, targets)),
    guard: randomGuard(random),
    ...(random.chance(0.12) && { lock: randomLock(random) }),
    ...(random.chance(0.15) && randomPeriod(random)),
  }
}

function randomRule(random: Random, id: string, { users, groups }: Targets): Rule {
  const named = (list: readonly string[], chance: number) =>
    list.length > 0 && random.chance(chance) ? random.atLeastOne(list) : undefined
  const effect = random.chance(0.7) ? 'ALLOW' : 'DENY'
  const isForAll = random.chance(effect === 'ALLOW' ? 0.5 : 0.05)
  const lists = {
    targetUsers: isForAll ? undefined : named(users, 0.6),
    targetGroups: isForAll ? undefined : named(groups, 0.35),
    notTargetUsers: named(users, 0.15),
    notTargetGroups: named(groups, 0.15),
  }
  const present = Object.entries(lists).filter(([, list]) => list !== undefined)
  const period = random.chance(0.2) ? randomPeriod(random) : {}
  return { id, effect, ...Object.fromEntries(present), ...period }
}

const randomGuard = (random: Random): Guard => ({
  mailboxes: random.pick(['own', 'own', 'permitted', 'any']),
  delegation: random.chance(0.4),
  inboxRules: random.chance(0.4),
  directoryLookups: random.chance(0.8),
  sending: random.chance(0.7),
  senders: random.pick(['own', 'permitted', 'permitted', 'server']),
  extraReads: random.some(EXTRA_READS, 0.3),
})

const [PAST, FUTURE] = ['2000-01-01T00:00:00Z', '2100-01-01T00:00:00Z']

export const randomPeriod = (random: Random): Period =>
  random.pick([
    { ends: PAST },
    { ends: FUTURE },
    { begins: FUTURE },
    { begins: PAST, ends: FUTURE },
  ])

const randomLock = (random: Random): Lock => ({
  ...(random.chance(0.5) && { message: 'Closed for maintenance' }),
  ...(random.chance(0.5) && {
    expires: random.pick(['2000-01-01T00:00:00Z', '2100-01-01T00:00:00Z']),
  }),
})
