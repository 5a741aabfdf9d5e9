/**
 * Action that lists profiles, and conversion of the profile of a role.
 *
 * @module
 */

import { OPERATIONS } from '../ews/operations.ts'
import { without } from '../model/members.ts'
import { PROFILES, type RoleProfile } from '../model/profile.ts'
import type { ImpersonationRole } from '../model/role.ts'
import { abilityOf } from '../policy/profile-abilities.ts'
import { findProfile, profileNamed, wordsOf } from '../policy/profiles.ts'
import { type Action, action } from './action.ts'
import type { ProfileInput } from './contract/profiles.ts'
import * as contract from './contract/profiles.ts'

const NO_PROFILE = 'none'

const listProfiles = action(contract.listProfiles, async () => ({
  Profiles: PROFILES.map(name => {
    const { can, cannot } = wordsOf(name)
    const { version, purpose } = profileNamed(name)
    return { Profile: name, ProfileVersion: version, Purpose: purpose, Can: can, Cannot: cannot }
  }),
  Operations: Object.keys(OPERATIONS).filter(name => abilityOf(name) !== undefined),
}))

export const PROFILE_ACTIONS: readonly Action[] = [listProfiles]

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
