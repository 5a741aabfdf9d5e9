/**
 * Action that lists profiles.
 *
 * @module
 */

import { OPERATIONS } from '../ews/operations.ts'
import { PROFILES } from '../model/profile.ts'
import { abilityOf } from '../policy/profile-abilities.ts'
import { profileNamed, wordsOf } from '../policy/profiles.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/profiles.ts'

const listProfiles = action(contract.listProfiles, async () => ({
  Profiles: PROFILES.map(name => {
    const { can, cannot } = wordsOf(name)
    const { version, purpose } = profileNamed(name)
    return { Profile: name, ProfileVersion: version, Purpose: purpose, Can: can, Cannot: cannot }
  }),
  Operations: Object.keys(OPERATIONS).filter(name => abilityOf(name) !== undefined),
}))

export const PROFILE_ACTIONS: readonly Action[] = [listProfiles]
