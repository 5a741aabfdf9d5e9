/**
 * Actions that lock a role, so that it denies all requests immediately, and unlock it.
 *
 * @module
 */

import type { ImpersonationRole, RoleLock } from '../model/role.ts'
import { type Action, action, type Call } from './action.ts'
import { replace, versionOfRole } from './concurrency.ts'
import * as contract from './contract/roles.ts'
import { findRole } from './roles.ts'
import { timeAfter } from './time.ts'

const lockRole = action(
  contract.lockRole,
  async (call, { ImpersonationRoleId, Message, ExpiresTime, ExpectedVersion }) => {
    const expiresAt = timeAfter(call, ExpiresTime)
    return await setLock(call, ImpersonationRoleId, ExpectedVersion, {
      ...(Message !== undefined && { message: Message }),
      ...(expiresAt !== undefined && { expiresAt }),
      lockedAt: call.at,
      lockedBy: { id: call.principal.id, name: call.principal.name },
    })
  },
)

const unlockRole = action(
  contract.unlockRole,
  async (call, { ImpersonationRoleId, ExpectedVersion }) =>
    await setLock(call, ImpersonationRoleId, ExpectedVersion, undefined),
)

export const LOCK_ACTIONS: readonly Action[] = [lockRole, unlockRole]

/** Returns the last lock of a role for a response. */
export const lockOnWire = ({ lock }: Pick<ImpersonationRole, 'lock'>) =>
  lock && {
    ...(lock.message !== undefined && { Message: lock.message }),
    ...(lock.expiresAt !== undefined && { ExpiresTime: lock.expiresAt / 1_000 }),
    ...(lock.lockedAt !== undefined && { DateLocked: lock.lockedAt / 1_000 }),
    ...(lock.lockedBy && {
      LockedBy: { PrincipalId: lock.lockedBy.id, Name: lock.lockedBy.name },
    }),
  }

async function setLock(
  call: Call,
  id: string,
  expected: string | undefined,
  lock: RoleLock | undefined,
): Promise<Readonly<{ Version: string }>> {
  const { ports, organization } = call
  const { before, after } = await replace({
    expected,
    read: () => findRole(call, id),
    versionOf: versionOfRole,
    write: async ({ id: role }) =>
      (await ports.store.lockRole(organization.id, role, lock)) ?? (await findRole(call, id)),
  })
  call.changed(shownOf(before), shownOf(after))
  return { Version: versionOfRole(after) }
}

/**
 * Returns the members of a role for the audit record of a change of its lock. Omits the rules, which can be many.
 */
const shownOf = ({ id, name, version, lock }: ImpersonationRole) => ({
  id,
  name,
  version,
  ...(lock && { lock }),
})
