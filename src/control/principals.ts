/**
 * The actions on principals: who may call the gateway, and for what.
 *
 * Whoever makes or changes one can only let it do what they may do themselves.
 *
 * @module
 */

import { randomUUID } from 'node:crypto'
import { type Principal, principalId } from '../model/principal.ts'
import { type Action, action, type Call } from './action.ts'
import { replace, versionOf } from './concurrency.ts'
import { ApiError } from './errors.ts'
import { lastUses } from './history.ts'
import { cut, pageOf } from './paging.ts'
import { policyShape } from './policy-document.ts'
import { refuseExcess } from './privilege.ts'
import { invalid } from './problems.ts'
import {
  expectedVersionShape,
  flag,
  maxResultsShape,
  nextTokenShape,
  organizationIdShape,
  principalIdShape,
  principalNameShape,
  structure,
} from './shapes.ts'

const service = 'EwsGateway'
const PRINCIPALS = 'Principals'

const createPrincipal = action({
  service,
  name: 'CreatePrincipal',
  summary:
    "Creates a principal, who may do what Policy says: at most what the caller's own policy allows. Gives PrincipalId and Version.",
  audited: 'change',
  input: structure({
    OrganizationId: organizationIdShape,
    Name: principalNameShape,
    Policy: policyShape,
    Enabled: flag().exactOptional(),
  }),
  run: async (call, { Name, Policy, Enabled = true }) => {
    refuseExcess(call, Policy)
    const principal: Principal = {
      id: principalId(randomUUID()),
      organizationId: call.organization.id,
      name: Name,
      enabled: Enabled,
      policy: Policy,
    }
    await call.ports.store.putPrincipal(principal)
    call.changed(undefined, principal)
    return { PrincipalId: principal.id, Version: versionOfPrincipal(principal) }
  },
})

const listPrincipals = action({
  service,
  name: 'ListPrincipals',
  summary:
    'Lists principals with their policies and versions, 100 at a time where MaxResults says nothing else.',
  audited: undefined,
  input: structure({
    OrganizationId: organizationIdShape,
    NextToken: nextTokenShape.exactOptional(),
    MaxResults: maxResultsShape.exactOptional(),
  }),
  run: async (call, input) => {
    const { after = '', limit } = pageOf(PRINCIPALS, input)
    const [all, used] = await Promise.all([
      call.ports.store.principals(call.organization.id),
      lastUses(call, 'principal', []),
    ])
    const rest = all.filter(({ id }) => id > after).toSorted((a, b) => (a.id < b.id ? -1 : 1))
    const { entries, ...next } = cut(PRINCIPALS, rest, limit, ({ id }) => id)
    return { Principals: entries.map(one => ({ ...onWire(one), ...used(one.id) })), ...next }
  },
})

const updatePrincipal = action({
  service,
  name: 'UpdatePrincipal',
  summary:
    'Changes the name, the policy or whether a principal is enabled; what is left out stays. Gives Version.',
  audited: 'change',
  input: structure({
    OrganizationId: organizationIdShape,
    PrincipalId: principalIdShape,
    Name: principalNameShape.exactOptional(),
    Policy: policyShape.exactOptional(),
    Enabled: flag().exactOptional(),
    ExpectedVersion: expectedVersionShape.exactOptional(),
  }),
  run: async (call, { PrincipalId, Name, Policy, Enabled, ExpectedVersion }) => {
    if (Name === undefined && Policy === undefined && Enabled === undefined)
      throw invalid('Name, Policy or Enabled must be given: else there is nothing to change')
    const { before, after } = await replace({
      expected: ExpectedVersion,
      read: () => findPrincipal(call, PrincipalId),
      versionOf: versionOfPrincipal,
      write: async present => {
        const changed: Principal = {
          ...present,
          ...(Name !== undefined && { name: Name }),
          ...(Policy !== undefined && { policy: Policy }),
          ...(Enabled !== undefined && { enabled: Enabled }),
        }
        if (Policy !== undefined || Enabled === true) refuseExcess(call, changed.policy)
        await call.ports.store.putPrincipal(changed, { replacing: present })
        return changed
      },
    })
    call.changed(before, after)
    return { Version: versionOfPrincipal(after) }
  },
})

const deletePrincipal = action({
  service,
  name: 'DeletePrincipal',
  summary:
    'Deletes a principal with its access keys; its tokens end at once. Deleting one that is not there succeeds.',
  audited: 'change',
  input: structure({ OrganizationId: organizationIdShape, PrincipalId: principalIdShape }),
  run: async (call, { PrincipalId }) => {
    const { ports, organization } = call
    const id = principalId(PrincipalId)
    const before = await ports.store.principal(organization.id, id)
    await ports.store.deletePrincipal(organization.id, id)
    call.changed(before, undefined)
    return {}
  },
})

export const PRINCIPAL_ACTIONS: readonly Action[] = [
  createPrincipal,
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

export const principalNotFound = (id: string) =>
  new ApiError('ResourceNotFoundException', `The principal ${id} does not exist`)

const versionOfPrincipal = ({ name, enabled, policy }: Principal): string =>
  versionOf(name, enabled, policy)

const onWire = (principal: Principal) => ({
  PrincipalId: principal.id,
  Name: principal.name,
  Enabled: principal.enabled,
  Policy: principal.policy,
  Version: versionOfPrincipal(principal),
})
