/**
 * Action that lists what ends soon.
 *
 * @module
 */

import { type End, type EndKind, endsBetween } from '../policy/ends.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/ends.ts'
import { holdersOf } from './holders.ts'

const DAY_MS = 24 * 60 * 60_000
const DEFAULT_DAYS = 30

const listEnds = action(
  contract.listEnds,
  async ({ ports, organization, at }, { Days = DEFAULT_DAYS }) => {
    const [roles, { exceptions }, holders] = await Promise.all([
      ports.store.roles(organization.id),
      ports.store.protection(organization.id),
      holdersOf(ports.store, organization.id),
    ])
    const ends = endsBetween({ roles, exceptions, holders }, at, at + Days * DAY_MS)
    return { Ends: ends.map(onWire) }
  },
)

export const END_ACTIONS: readonly Action[] = [listEnds]

const KINDS = {
  role: 'ROLE',
  rule: 'RULE',
  'protection-exception': 'PROTECTION_EXCEPTION',
  principal: 'PRINCIPAL',
  'access-key': 'ACCESS_KEY',
  'administrator-key': 'ADMINISTRATOR_KEY',
} as const satisfies Record<EndKind, string>

const onWire = ({ kind, at, role, rule, principal, key }: End) => ({
  Kind: KINDS[kind],
  EndTime: at / 1_000,
  Name: role?.name ?? principal?.name ?? '',
  ...(role && { ImpersonationRoleId: role.id }),
  ...(rule && { ImpersonationRuleId: rule.id }),
  ...(rule?.name !== undefined && { RuleName: rule.name }),
  ...(principal && { PrincipalId: principal.id }),
  ...(key && { AccessKeyId: key.id }),
})
