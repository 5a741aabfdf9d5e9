/**
 * Compares every answer about who can act now with the decisions on requests, in random organizations. TEST_WORLDS is
 * their number.
 */

import fc from 'fast-check'
import t from 'tap'
import type { Call, ControlPorts } from '../../src/control/action.ts'
import { ACTIONS } from '../../src/control/actions.ts'
import { CONTROL_LIMITS } from '../../src/control/limits.ts'
import { authorize } from '../../src/decision/authorize.ts'
import type { AuthorizationRequest, RequestCaller } from '../../src/decision/decision.ts'
import { proofOf, referencesOf } from '../../src/model/external-identity.ts'
import { byAddress, type Organization, type User, userId } from '../../src/model/identity.ts'
import type { ImpersonationRole } from '../../src/model/role.ts'
import { openSqlite } from '../../src/store/sqlite.ts'
import { checkResponse } from '../kit/contract.ts'
import { type ActingWorld, actingWorlds, MOMENT, writeActingWorld } from './acting-world.ts'
import { TestData } from './data.ts'

const WORLDS = Number(process.env['TEST_WORLDS'] ?? 200)

const store = await openSqlite(':memory:', () => MOMENT.at)
t.teardown(() => store.close())

type Access = Readonly<{
  ImpersonationRoleId: string
  State: string
  Effect: string
  Reason?: string
  Principals: readonly Readonly<{ PrincipalId: string; State: string }>[]
}>
type Reached = Readonly<{ UserId: string; Reason?: string; MatchedRules: readonly string[] }>
type Change = Readonly<{ UserId: string; Before: string; After: string }>

/** Everything that is compared for one world, from the answers of the control API and from decisions. */
async function compare(world: ActingWorld): Promise<void> {
  const organization: Organization = {
    id: await writeActingWorld(store, world),
    alias: 'place',
    serviceAddresses: [],
  }
  const ask = async <Output>(name: string, input: object) => {
    const ports: Pick<ControlPorts, 'store' | 'limits'> = { store, limits: CONTROL_LIMITS.default }
    const run = ACTIONS.get(name)?.read({ OrganizationId: organization.id, ...input })
    const output = (await run?.({ ports, organization, ...MOMENT } as Call)) as Output
    checkResponse(name, JSON.parse(JSON.stringify(output)))
    return output
  }
  const groups = (await store.groups(organization.id)).map(({ id }) => id)
  const page = { limit: 100, after: userId(''), groups }
  const users = await store.usersPage(organization.id, page)
  const roles = await store.roles(organization.id)
  const callers = await callersIn(organization)
  const data = await dataOf(organization, users)
  const decide = (role: ImpersonationRole, user: User, caller: RequestCaller) => {
    data.put('role', role.id, role)
    const request: AuthorizationRequest<'EWS'> = {
      purpose: 'EWS',
      organization,
      caller,
      sourceAddress: '192.0.2.7',
      secureTransport: true,
      ...MOMENT,
      requestElement: 'GetFolder',
      connectingSid: byAddress(user.primarySmtpAddress),
    }
    const decided = authorize(request, data)
    if ('missing' in decided) throw new Error(`Missing: ${JSON.stringify(decided.missing)}`)
    return decided.decision
  }
  /** Decides without checks of a principal. */
  const reachOf = (role: ImpersonationRole, user: User) => {
    const caller = { kind: 'explained', principal: undefined, roleId: role.id } as const
    const { verdict, ...rest } = decide(role, user, caller)
    const reason = 'reason' in rest ? String(rest.reason) : undefined
    return { effect: verdict.toUpperCase(), reason, rules: rest.matchedRules }
  }

  const { Roles: summaries } = await ask<{ Roles: Access[] }>('EwsGateway.ListRoleSummaries', {})
  for (const role of roles) {
    const one = { ImpersonationRoleId: role.id }
    const expected = users.map(user => ({ id: user.id, ...reachOf(role, user) }))
    const closedFor = new Set(expected.map(({ reason }) => reason).filter(isClosing))
    const described = await ask<{ State: string; Rules: object[] }>(
      'EwsGateway.DescribeImpersonationRole',
      one,
    )
    const listed = summaries.find(({ ImpersonationRoleId }) => ImpersonationRoleId === role.id)
    same(listed?.State, described.State)
    if (closedFor.size > 0)
      same([...closedFor], [described.State === 'LOCKED' ? 'role-locked' : 'role-expired'])
    if (described.State !== 'ACTIVE') same(expected.filter(allows), [])

    const reached: object[] = []
    for (const Effect of ['ALLOW', 'DENY']) {
      const input = { ...one, Effect }
      const { Users } = await ask<{ Users: Reached[] }>('EwsGateway.ListRoleReach', input)
      for (const { UserId, Reason, MatchedRules } of Users)
        reached.push({ id: UserId, effect: Effect, reason: Reason, rules: MatchedRules })
    }
    same(byId(reached), byId(expected))

    const { notBefore: _, notAfter: __, ...endless } = role
    for (const [draft, Period] of [
      [endless, {}],
      [{ ...endless, notAfter: 5_000_000 }, { NotAfter: 5_000 }],
      [{ ...endless, notAfter: 5_000 }, { NotAfter: 5 }],
      [{ ...endless, notBefore: 5_000_000 }, { NotBefore: 5_000 }],
    ] as const) {
      const input = { ...one, Draft: { Rules: described.Rules, Period } }
      const preview = await ask<{ Gained: Change[]; Lost: Change[]; Totals: object }>(
        'EwsGateway.PreviewImpersonationRole',
        input,
      )
      const before = users.filter(user => allows(reachOf(role, user))).map(({ id }) => id)
      const after = users.filter(user => allows(reachOf(draft, user))).map(({ id }) => id)
      const gained = after.filter(id => !before.includes(id))
      const lost = before.filter(id => !after.includes(id))
      same(preview.Gained.map(({ UserId }) => UserId).toSorted(), gained.toSorted())
      same(preview.Lost.map(({ UserId }) => UserId).toSorted(), lost.toSorted())
      same(preview.Totals, { Gained: gained.length, Lost: lost.length, Users: users.length })
    }
  }

  for (const user of users) {
    const input = { UserId: user.id }
    const { Roles } = await ask<{ Roles: Access[] }>('EwsGateway.ListUserAccess', input)
    for (const role of roles) {
      const { effect, reason, rules } = reachOf(role, user)
      const access = Roles.find(({ ImpersonationRoleId }) => ImpersonationRoleId === role.id)
      same([access?.Effect, access?.Reason], [effect, reason])
      const tested = await ask<{ Effect: string; MatchedRules: { ImpersonationRuleId: string }[] }>(
        'WorkMailService.GetImpersonationRoleEffect',
        { ImpersonationRoleId: role.id, TargetUser: user.id },
      )
      same(tested.Effect, effect)
      same(
        tested.MatchedRules.map(({ ImpersonationRuleId }) => ImpersonationRuleId),
        rules,
      )
      const acting = callers
        .filter(({ callerIn }) => decide(role, user, callerIn(role)).verdict === 'allow')
        .map(({ id }) => id)
      const said = access?.Effect === 'ALLOW' ? access.Principals : []
      const active = said.filter(({ State }) => State === 'ACTIVE').map(one => one.PrincipalId)
      same(active.toSorted(), [...new Set(acting)].toSorted())
      counts.actors += active.length
      counts[access?.Effect === 'ALLOW' ? 'allowed' : 'denied'] += 1
    }
  }
}

const counts = { allowed: 0, denied: 0, actors: 0 }

const allows = ({ effect }: { effect: string }) => effect === 'ALLOW'
const isClosing = (reason: string | undefined) =>
  reason === 'role-locked' || reason === 'role-expired'
const byId = (list: readonly object[]) => list.map(one => JSON.stringify(one)).toSorted()

function same(found: unknown, expected: unknown): void {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)]
  if (a !== b) throw new Error(`${a} instead of ${b}`)
}

/** Policy data of an organization, without access control rules, which no answer considers. */
async function dataOf({ id }: Organization, users: readonly User[]): Promise<TestData> {
  const byName = new Map(users.map(user => [user.primarySmtpAddress, user]))
  const data = new TestData((kind, subject) => {
    if (kind === 'shared-mailbox') return { value: false, from: 0 }
    const { value } = subject as { value: string }
    return { value: kind === 'name' ? byName.get(value) : undefined, from: 1 }
  })
  data.fresh = { version: Number.MAX_SAFE_INTEGER, at: MOMENT.at }
  data.put('protection', 'list', await store.protection(id))
  for (const principal of await store.principals(id))
    for (const key of await store.keysOf(id, principal.id))
      data.put('credential', key.id, { key, principal })
  for (const bound of await store.identities(id))
    for (const reference of referencesOf(bound.identity)) data.put('identity', reference, bound)
  return data
}

/** Every credential of an organization: keys by their tokens, and identities. */
async function callersIn({ id }: Organization) {
  const callers: { id: string; callerIn: (role: ImpersonationRole) => RequestCaller }[] = []
  for (const principal of await store.principals(id))
    for (const key of await store.keysOf(id, principal.id))
      callers.push({
        id: principal.id,
        callerIn: role => ({
          kind: 'token',
          signingKeyId: 'k',
          claims: {
            organizationId: id,
            principalId: principal.id,
            accessKeyId: key.id,
            roleId: role.id,
            roleVersion: role.version,
            epoch: 'e',
            expiresAt: Number.MAX_SAFE_INTEGER,
          } as Extract<RequestCaller, { kind: 'token' }>['claims'],
        }),
      })
  for (const { principal, identity } of await store.identities(id))
    for (const reference of referencesOf(identity))
      callers.push({
        id: principal.id,
        callerIn: role => ({
          kind: 'identity',
          reference,
          identity: proofOf(identity),
          roleReference: role.id,
        }),
      })
  return callers
}

const TIMEOUT_MS = 30_000 + WORLDS * 500
t.setTimeout(TIMEOUT_MS)

t.test('R48 every answer about who can act is the decision on a request', async t => {
  await fc.assert(fc.asyncProperty(actingWorlds, compare), { numRuns: WORLDS })
  t.comment(counts)
  for (const [what, count] of Object.entries(counts)) t.ok(count > 0, what)
})
