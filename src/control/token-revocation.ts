/**
 * The action that ends all tokens of a role.
 *
 * @module
 */

import type { ImpersonationRole } from '../model/role.ts'
import { type Action, action } from './action.ts'
import { replace, versionOfRole } from './concurrency.ts'
import { findRole, oneRole } from './roles.ts'
import { expectedVersionShape, structure } from './shapes.ts'

const revokeTokens = action({
  service: 'EwsGateway',
  name: 'RevokeImpersonationRoleTokens',
  summary:
    'Ends all tokens that were issued for a role until now, and cuts off the streams and uploads that use them. Access keys are not affected, and principals that may assume the role can get new tokens. Gives Version.',
  audited: 'change',
  input: structure({ ...oneRole, ExpectedVersion: expectedVersionShape.exactOptional() }),
  run: async (call, { ImpersonationRoleId, ExpectedVersion }) => {
    const { ports, organization } = call
    const { before, after } = await replace({
      expected: ExpectedVersion,
      read: () => findRole(call, ImpersonationRoleId),
      versionOf: versionOfRole,
      write: async ({ id, version }) =>
        (await ports.store.revokeTokens(organization.id, id, { expectedVersion: version })) ??
        (await findRole(call, id)),
    })
    call.changed(shownOf(before), shownOf(after))
    return { Version: versionOfRole(after) }
  },
})

export const TOKEN_REVOCATION_ACTIONS: readonly Action[] = [revokeTokens]

/** Members of the role that a revocation is about, because rules can be many. */
const shownOf = ({ id, name, version, tokensValidFrom }: ImpersonationRole) => ({
  id,
  name,
  version,
  tokensValidFrom,
})
