/**
 * Action that revokes all tokens of a role.
 *
 * @module
 */

import type { ImpersonationRole } from '../model/role.ts'
import { type Action, action } from './action.ts'
import { replace, versionOfRole } from './concurrency.ts'
import * as contract from './contract/roles.ts'
import { findRole } from './roles.ts'

const revokeTokens = action(
  contract.revokeTokens,
  async (call, { ImpersonationRoleId, ExpectedVersion }) => {
    const { ports, organization } = call
    const { before, after } = await replace({
      expected: ExpectedVersion,
      read: () => findRole(call, ImpersonationRoleId),
      versionOf: versionOfRole,
      write: async ({ id }) =>
        (await ports.store.revokeTokens(organization.id, id)) ?? (await findRole(call, id)),
    })
    call.changed(shownOf(before), shownOf(after))
    return { Version: versionOfRole(after) }
  },
)

export const TOKEN_REVOCATION_ACTIONS: readonly Action[] = [revokeTokens]

/** Returns the members of a role for the audit record of a revocation. Omits the rules, which can be many. */
const shownOf = ({ id, name, version, tokensValidFrom }: ImpersonationRole) => ({
  id,
  name,
  version,
  tokensValidFrom,
})
