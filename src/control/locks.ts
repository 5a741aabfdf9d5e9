/**
 * The actions that lock a role, so that it refuses everybody at once, and unlock it.
 *
 * @module
 */

import type { ImpersonationRole, RoleLock } from '../model/role.ts'
import { type Action, action, type Call } from './action.ts'
import { replace, versionOfRole } from './concurrency.ts'
import { findRole, oneRole } from './roles.ts'
import { expectedVersionShape, lockMessageShape, structure, timeShape } from './shapes.ts'
import { timeAfter } from './time.ts'

const service = 'EwsGateway'

const lockRole = action({
  service,
  name: 'LockImpersonationRole',
  summary:
    'Locks a role, until it is unlocked or until ExpiresTime: every request in it is denied at once, with Message in the fault, and no tokens are issued for it. Gives Version.',
  audited: 'change',
  input: structure({
    ...oneRole,
    Message: lockMessageShape.exactOptional(),
    ExpiresTime: timeShape.exactOptional(),
    ExpectedVersion: expectedVersionShape.exactOptional(),
  }),
  run: async (call, { ImpersonationRoleId, Message, ExpiresTime, ExpectedVersion }) => {
    const expiresAt = timeAfter(call, ExpiresTime)
    return await setLock(call, ImpersonationRoleId, ExpectedVersion, {
      ...(Message !== undefined && { message: Message }),
      ...(expiresAt !== undefined && { expiresAt }),
    })
  },
})

const unlockRole = action({
  service,
  name: 'UnlockImpersonationRole',
  summary:
    'Takes the lock of a role away. Tokens that were issued before the lock work again until they expire, unless RevokeImpersonationRoleTokens has ended them. Unlocking a role that is not locked succeeds. Gives Version.',
  audited: 'change',
  input: structure({ ...oneRole, ExpectedVersion: expectedVersionShape.exactOptional() }),
  run: async (call, { ImpersonationRoleId, ExpectedVersion }) =>
    await setLock(call, ImpersonationRoleId, ExpectedVersion, undefined),
})

export const LOCK_ACTIONS: readonly Action[] = [lockRole, unlockRole]

async function setLock(
  call: Call,
  id: string,
  expected: string | undefined,
  lock: RoleLock | undefined,
): Promise<object> {
  const { ports, organization } = call
  const { before, after } = await replace({
    expected,
    read: () => findRole(call, id),
    versionOf: versionOfRole,
    write: async ({ id: role, version }) =>
      (await ports.store.lockRole(organization.id, role, lock, { expectedVersion: version })) ??
      (await findRole(call, id)),
  })
  call.changed(shownOf(before), shownOf(after))
  return { Version: versionOfRole(after) }
}

/** Of the role what a lock is about: its rules can be many. */
const shownOf = ({ id, name, version, lock }: ImpersonationRole) => ({
  id,
  name,
  version,
  ...(lock && { lock }),
})
