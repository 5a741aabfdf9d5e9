/**
 * Actions that list profiles, and read and replace the profile of a role.
 *
 * @module
 */

import { OPERATIONS } from '../ews/operations.ts'
import { without } from '../model/members.ts'
import { PROFILES, type RoleProfile } from '../model/profile.ts'
import { type ImpersonationRole, roleDraftOf } from '../model/role.ts'
import { abilityOf } from '../policy/profile-abilities.ts'
import { findProfile, profileNamed, wordsOf } from '../policy/profiles.ts'
import { type Action, action } from './action.ts'
import { replace, versionOfRole } from './concurrency.ts'
import type { ProfileInput } from './contract/profiles.ts'
import * as contract from './contract/profiles.ts'
import { explain, findRole } from './roles.ts'

const NO_PROFILE = 'none'

const listProfiles = action(contract.listProfiles, async () => ({
  Profiles: PROFILES.map(name => {
    const { can, cannot } = wordsOf(name)
    const { version, purpose } = profileNamed(name)
    return { Profile: name, ProfileVersion: version, Purpose: purpose, Can: can, Cannot: cannot }
  }),
  Operations: Object.keys(OPERATIONS).filter(name => abilityOf(name) !== undefined),
}))

const getProfile = action(contract.getProfile, async (call, { ImpersonationRoleId }) => {
  const role = await findRole(call, ImpersonationRoleId)
  return { ...profileOnWire(role), Version: versionOfRole(role) }
})

const putProfile = action(
  contract.putProfile,
  async (call, { ImpersonationRoleId, ExpectedVersion, ...input }) => {
    const { before, after } = await replace({
      expected: ExpectedVersion,
      read: () => findRole(call, ImpersonationRoleId),
      versionOf: versionOfRole,
      write: async role =>
        await call.ports.store
          .putRole(withProfile(roleDraftOf(role), input))
          .catch((error: unknown) => explain(error, call)),
    })
    call.changed(shownOf(before), shownOf(after))
    return { Version: versionOfRole(after) }
  },
)

export const PROFILE_ACTIONS: readonly Action[] = [listProfiles, getProfile, putProfile]

type Profiled = Pick<ImpersonationRole, 'profile'>

/** Returns a role with the limits of a request; undefined leaves the present ones. */
export const withProfile = <T extends Profiled>(
  present: T,
  input: ProfileInput | undefined,
): Omit<T, 'profile'> & Profiled =>
  input === undefined ? present : { ...without(present, ['profile']), ...profileOf(input) }

/** Returns the limits in a request, as a member of a role; nothing if the role has none. */
function profileOf({ Profile, Operations: { Allowed, Denied } = {} }: ProfileInput): Profiled {
  const profile: RoleProfile = {
    ...(Profile !== NO_PROFILE && { name: Profile }),
    ...(Allowed && { allowedOperations: [...new Set(Allowed)] }),
    ...(Denied && Denied.length > 0 && { deniedOperations: [...new Set(Denied)] }),
  }
  return Object.keys(profile).length === 0 ? {} : { profile }
}

/** Returns the limits of a role for a response. */
export function profileOnWire({ profile = {} }: Profiled) {
  const { name, allowedOperations, deniedOperations } = profile
  const version = name && findProfile(name)?.version
  const operations = {
    ...(allowedOperations && { Allowed: allowedOperations }),
    ...(deniedOperations && { Denied: deniedOperations }),
  }
  return {
    Profile: name ?? NO_PROFILE,
    ...(version !== undefined && { ProfileVersion: version }),
    ...(Object.keys(operations).length > 0 && { Operations: operations }),
  }
}

/** Returns the members of a role for the audit record of a change of its profile. */
const shownOf = ({ id, name, version, profile }: ImpersonationRole) => ({
  id,
  name,
  version,
  ...(profile && { profile }),
})
