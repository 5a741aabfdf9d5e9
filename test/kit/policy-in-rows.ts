/**
 * The policy of an organization, from the rows of its store: the naive model that a policy rebuilt from a journal is compared with.
 *
 * @module
 */

import type { PolicyState } from '../../src/model/policy-state.ts'
import type { Store, StoredRow } from '../../src/store/store.ts'

type Row = StoredRow['row']

/** Returns the policy that the rows of a store are. */
export async function policyInRows(store: Store, organization: string): Promise<PolicyState> {
  const rows = await store.backup(async content => {
    const all: StoredRow[] = []
    for await (const row of content.rows()) all.push(row)
    return all
  })
  const of = (table: string) => rows.filter(row => row.table === table).map(({ row }) => row)
  const own = (table: string) => of(table).filter(row => row['organization_id'] === organization)
  const isOwn = new Set(own('principals').map(row => row['id']))
  const [protection] = own('protections')
  const [{ access_control_changed: changed = 0 } = {}] = of('organizations').filter(
    row => row['id'] === organization,
  )
  const policy = {
    users: byName(
      own('users').filter(row => row['deleted'] === 0),
      userOf,
    ),
    groups: byName(own('groups'), row => groupOf(row, own('group_members'))),
    roles: byName(own('roles'), roleOf),
    accessControlRules:
      changed === 0
        ? { Default: { name: 'Default', effect: 'ALLOW', description: 'Default WorkMail Rule' } }
        : byName(own('access_control_rules'), ruleOf, 'name'),
    protection: json(protection?.['content']) ?? { users: [], groups: [], exceptions: [] },
    principals: byName(own('principals'), row => principalOf(row, own('identities'))),
    accessKeys: byName(
      of('access_keys').filter(row => isOwn.has(row['principal_id'] ?? null)),
      keyOf,
    ),
  }
  return policy as unknown as PolicyState
}

const byName = (rows: readonly Row[], stateOf: (row: Row) => object, name = 'id') =>
  Object.fromEntries(
    rows
      .map(row => [String(row[name]), present(stateOf(row))] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1)),
  )

/** Returns the members that have a value. */
const present = (members: object) =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value != null))

const json = (value: unknown) => (typeof value === 'string' ? JSON.parse(value) : undefined)

const userOf = (row: Row) => ({
  id: row['id'],
  primarySmtpAddress: row['primary_smtp_address'],
  aliases: json(row['aliases']),
  principalName: row['principal_name'],
  sid: row['sid'],
  displayName: row['display_name'],
  enabled: row['enabled'] === 1,
})

function groupOf(row: Row, members: readonly Row[]) {
  const idsOf = (kind: string) =>
    members
      .filter(member => member['group_id'] === row['id'] && member['kind'] === kind)
      .map(member => member['member_id'])
      .sort()
  return {
    id: row['id'],
    name: row['name'],
    primarySmtpAddress: row['primary_smtp_address'],
    users: idsOf('user'),
    groups: idsOf('group'),
    deleted: row['deleted'] === 1 || undefined,
  }
}

const roleOf = (row: Row) => ({
  id: row['id'],
  name: row['name'],
  description: row['description'],
  type: row['type'],
  rules: json(row['rules']),
  guard: json(row['guard']),
  lock: json(row['lock']),
  profile: json(row['profile']),
  shadow: json(row['shadow']),
  notBefore: row['not_before'],
  notAfter: row['not_after'],
  version: row['version'],
  tokensValidFrom: row['tokens_valid_from'],
})

const ruleOf = (row: Row) => ({
  name: row['name'],
  effect: row['effect'],
  description: row['description'],
  ...json(row['conditions']),
})

function principalOf(row: Row, identities: readonly Row[]) {
  const own = identities.filter(identity => identity['principal_id'] === row['id'])
  const byPlace = new Map(own.map(identity => [identity['place'], json(identity['identity'])]))
  const ordered = [...byPlace].sort(([one], [other]) => Number(one) - Number(other))
  return {
    id: row['id'],
    name: row['name'],
    enabled: row['enabled'] === 1,
    policy: json(row['policy']),
    notBefore: row['not_before'],
    notAfter: row['not_after'],
    identities: ordered.length === 0 ? undefined : ordered.map(([, identity]) => identity),
  }
}

const keyOf = (row: Row) => ({
  id: row['id'],
  principalId: row['principal_id'],
  enabled: row['enabled'] === 1,
  extendedProtection: row['extended_protection'],
  notBefore: row['not_before'],
  expiresAt: row['expires_at'],
  createdAt: row['created_at'],
})
