/**
 * The actions on what WorkMail's roles do not have: version, guard, lock, and targets that are gone.
 *
 * @module
 */

import { setImmediate } from 'node:timers/promises'
import type { UserId } from '../model/identity.ts'
import type { ImpersonationRole } from '../model/role.ts'
import { isLocked } from '../policy/decide.ts'
import { type Action, action, type Call } from './action.ts'
import { replace, versionOfRole } from './concurrency.ts'
import { guardOf, guardOnWire, guardShape } from './guard.ts'
import { contentOf, explain, findRole, oneRole, roleOnWire, written } from './roles.ts'
import { expectedVersionShape, structure } from './shapes.ts'

const service = 'EwsGateway'
/** After so many look-ups everything else in the process has its turn. */
const BATCH = 50

const describeRole = action({
  service,
  name: 'DescribeImpersonationRole',
  summary:
    'Gives a role as GetImpersonationRole does, with Version, Guard, Locked, its Lock, and UnknownUsers: ids in a DENY or in NotTargetUsers whom the directory does not know, so that the role is Damaged.',
  audited: undefined,
  input: structure(oneRole),
  run: async (call, { ImpersonationRoleId }) => {
    const role = await findRole(call, ImpersonationRoleId)
    const unknown = await unknownUsers(call, role)
    return {
      ...roleOnWire(role),
      Version: versionOfRole(role),
      Guard: guardOnWire(role.guard),
      Locked: isLocked(role.lock, call.at),
      ...(role.lock && {
        Lock: {
          ...(role.lock.message !== undefined && { Message: role.lock.message }),
          ...(role.lock.expiresAt !== undefined && { ExpiresTime: role.lock.expiresAt / 1_000 }),
        },
      }),
      Damaged: unknown.length > 0,
      UnknownUsers: unknown,
    }
  },
})

const putRole = action({
  service,
  name: 'PutImpersonationRole',
  summary:
    'Replaces a role as UpdateImpersonationRole does, if it still has ExpectedVersion, and sets its Guard; a Guard left out stays. Gives Version.',
  audited: 'change',
  input: structure({
    ...oneRole,
    ...written,
    Guard: guardShape.exactOptional(),
    ExpectedVersion: expectedVersionShape.exactOptional(),
  }),
  run: async (call, { ImpersonationRoleId, Guard, ExpectedVersion, ...input }) => {
    const { before, after } = await replace({
      expected: ExpectedVersion,
      read: () => findRole(call, ImpersonationRoleId),
      versionOf: versionOfRole,
      write: async present => {
        const { id, organizationId, guard, version } = present
        const draft = {
          id,
          organizationId,
          guard: Guard === undefined ? guard : guardOf(Guard),
          ...(await contentOf(call, input, present)),
        }
        return await call.ports.store
          .putRole(draft, { expectedVersion: version })
          .catch((error: unknown) => explain(error, call))
      },
    })
    call.changed(before, after)
    return { Version: versionOfRole(after) }
  },
})

export const ROLE_STATE_ACTIONS: readonly Action[] = [describeRole, putRole]

/** Who is named where it keeps somebody out; an ALLOW of nobody harms nobody. */
async function unknownUsers(
  { ports, organization }: Call,
  { rules }: ImpersonationRole,
): Promise<readonly UserId[]> {
  const named = new Set(
    rules.flatMap(({ effect, targetUsers = [], notTargetUsers = [] }) =>
      effect === 'DENY' ? [...targetUsers, ...notTargetUsers] : notTargetUsers,
    ),
  )
  const unknown: UserId[] = []
  let lookups = 0
  for (const id of named) {
    lookups += 1
    if (lookups % BATCH === 0) await setImmediate()
    if ((await ports.directory.user(organization.id, id)) === undefined) unknown.push(id)
  }
  return unknown
}
