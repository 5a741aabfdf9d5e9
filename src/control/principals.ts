/**
 * Actions on principals: the tools and administrators that call the gateway. A caller can only grant permissions
 * that the caller's own policy allows.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { type CredentialedPrincipal, stateOfPrincipal } from '../decision/actors.ts'
import { foldPrincipalName, type Principal, principalId } from '../model/principal.ts'
import { isLimited } from '../model/validity.ts'
import { ConflictError } from '../store/store.ts'
import { type Action, action, type Call } from './action.ts'
import { replace, versionOf } from './concurrency.ts'
import * as contract from './contract/principals.ts'
import { ApiError } from './errors.ts'
import { lastUses } from './history.ts'
import { credentialedPrincipals } from './holders.ts'
import { cut, pageOf } from './paging.ts'
import { requireMeaning } from './policy-meaning.ts'
import { requireNoExcess, requireNoLonger } from './privilege.ts'
import { invalid, nameInsteadOfId } from './problems.ts'
import { periodOf, periodOnWire, withPeriod } from './time.ts'

const PRINCIPALS = 'Principals'

const createPrincipal = action(
  contract.createPrincipal,
  async (call, { Name, Policy, Enabled = true, Period = {} }) => {
    const period = periodOf(Period, 'Period.NotAfter')
    await requireMeaning(call, Policy)
    requireNoExcess(call, Policy)
    requireNoLonger(call, period)
    const principal: Principal = {
      id: principalId(randomUUID()),
      organizationId: call.organization.id,
      name: Name,
      enabled: Enabled,
      policy: Policy,
      ...period,
    }
    await call.ports.store.putPrincipal(principal).catch(explainName)
    call.changed(undefined, principal)
    return { PrincipalId: principal.id, Version: versionOfPrincipal(principal) }
  },
)

const getPrincipal = action(contract.getPrincipal, async (call, { PrincipalId }) => {
  const principal = await findPrincipal(call, PrincipalId)
  const { store } = call.ports
  const [keys, identities, used] = await Promise.all([
    store.keysOf(call.organization.id, principal.id),
    store.identitiesOf(call.organization.id, principal.id),
    lastUses(call, 'principal', [{ property: 'principal', values: [principal.id], not: false }]),
  ])
  return { ...onWire({ principal, keys, identities }, call), ...used(principal.id) }
})

const listPrincipals = action(contract.listPrincipals, async (call, input) => {
  const { after = '', limit } = pageOf(PRINCIPALS, input)
  const [all, used] = await Promise.all([
    credentialedPrincipals(call.ports.store, call.organization.id),
    lastUses(call, 'principal', []),
  ])
  const idOf = ({ principal }: (typeof all)[number]) => principal.id
  const rest = all.filter(one => idOf(one) > after).toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
  const { entries, ...next } = cut(PRINCIPALS, rest, limit, idOf)
  const shown = entries.map(one => ({
    ...onWire(one, call),
    ...used(idOf(one)),
  }))
  return { Principals: shown, ...next }
})

const updatePrincipal = action(
  contract.updatePrincipal,
  async (call, { PrincipalId, Name, Policy, Enabled, Period, ExpectedVersion }) => {
    if ([Name, Policy, Enabled, Period].every(given => given === undefined))
      throw invalid(
        'Name, Policy, Enabled, or Period must be given, because there is nothing to change otherwise',
      )
    if (Policy !== undefined) await requireMeaning(call, Policy)
    const { before, after } = await replace({
      expected: ExpectedVersion,
      read: () => findPrincipal(call, PrincipalId),
      versionOf: versionOfPrincipal,
      write: async present => {
        // Without unreadable parts, only if all parts are given: the others of such a principal are not known.
        const { unreadable: _, ...readable } = present
        const isWhole = Policy !== undefined && Enabled !== undefined && Period !== undefined
        const changed: Principal = {
          ...withPeriod(isWhole ? readable : present, Period),
          ...(Name !== undefined && { name: Name }),
          ...(Policy !== undefined && { policy: Policy }),
          ...(Enabled !== undefined && { enabled: Enabled }),
        }
        if (Policy !== undefined || Enabled === true || Period !== undefined) {
          requireNoExcess(call, changed.policy)
          requireNoLonger(call, changed)
        }
        await call.ports.store.putPrincipal(changed).catch(explainName)
        return changed
      },
    })
    call.changed(before, after)
    return { Version: versionOfPrincipal(after) }
  },
)

const deletePrincipal = action(contract.deletePrincipal, async (call, { PrincipalId }) => {
  const { ports, organization } = call
  const id = principalId(PrincipalId)
  const before = await ports.store.principal(organization.id, id)
  if (before === undefined) await requireNoName(call, PrincipalId)
  const keys = await ports.store.keysOf(organization.id, id)
  const identities = await ports.store.identitiesOf(organization.id, id)
  await ports.store.deletePrincipal(organization.id, id)
  const deleted = { ...before, accessKeys: keys.map(key => key.id), identities }
  call.changed(before ? deleted : { id }, undefined)
  return {}
})

export const PRINCIPAL_ACTIONS: readonly Action[] = [
  createPrincipal,
  getPrincipal,
  listPrincipals,
  updatePrincipal,
  deletePrincipal,
]

/** @throws ApiError ResourceNotFoundException */
export async function findPrincipal(call: Call, id: string): Promise<Principal> {
  const principal = await call.ports.store.principal(call.organization.id, principalId(id))
  if (principal !== undefined) return principal
  throw principalNotFound(id)
}

/** Rejects the name of a principal, because deleting an ID that no principal has succeeds. */
async function requireNoName({ ports, organization }: Call, id: string): Promise<void> {
  const folded = foldPrincipalName(id)
  const named = (await ports.store.principals(organization.id)).find(
    ({ name }) => foldPrincipalName(name) === folded,
  )
  if (named !== undefined) throw nameInsteadOfId(id, 'principal', named.id)
}

/** @throws ApiError if another principal has the name */
export function explainName(error: unknown): never {
  if (!(error instanceof ConflictError)) throw error
  throw invalid(...error.conflicts.map(({ message }) => `Name must be unique: ${message}`))
}

/** Returns the error about a principal that does not exist. */
export const principalNotFound = (id: string) =>
  new ApiError('ResourceNotFoundException', `The principal ${id} does not exist`)

const versionOfPrincipal = ({ name, enabled, policy, ...rest }: Principal): string =>
  versionOf(name, enabled, policy, periodOnWire(rest))

function onWire(one: CredentialedPrincipal, call: Call) {
  const { principal } = one
  return {
    PrincipalId: principal.id,
    Name: principal.name,
    Enabled: principal.enabled,
    State: stateOfPrincipal(one, call),
    Policy: principal.policy,
    ...(isLimited(principal) && { Period: periodOnWire(principal) }),
    ...(principal.unreadable && { Unreadable: principal.unreadable }),
    Version: versionOfPrincipal(principal),
  }
}
