/**
 * Action that replaces the period in which a role is valid.
 *
 * @module
 */

import { type ImpersonationRole, roleDraftOf } from '../model/role.ts'
import { type Action, action } from './action.ts'
import { replace, versionOfRole } from './concurrency.ts'
import * as contract from './contract/roles.ts'
import { explain, findRole } from './roles.ts'
import { withPeriod } from './time.ts'

const putPeriod = action(
  contract.putPeriod,
  async (call, { ImpersonationRoleId, Period, ExpectedVersion }) => {
    const { before, after } = await replace({
      expected: ExpectedVersion,
      read: () => findRole(call, ImpersonationRoleId),
      versionOf: versionOfRole,
      write: async role =>
        await call.ports.store
          .putRole(withPeriod(roleDraftOf(role), Period))
          .catch((error: unknown) => explain(error, call)),
    })
    call.changed(shownOf(before), shownOf(after))
    return { Version: versionOfRole(after) }
  },
)

export const ROLE_PERIOD_ACTIONS: readonly Action[] = [putPeriod]

/** Returns the members of a role for the audit record of a change of its period. Omits the rules, which can be many. */
const shownOf = ({ id, name, version, notBefore, notAfter }: ImpersonationRole) => ({
  id,
  name,
  version,
  notBefore,
  notAfter,
})
