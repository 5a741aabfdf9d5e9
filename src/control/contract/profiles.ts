/**
 * Contract of the action that lists profiles.
 *
 * @module
 */

import { z } from 'zod'
import { PROFILES } from '../../model/profile.ts'
import { oneOf, structure } from '../shapes.ts'
import { contract } from './contract.ts'
import { organization } from './members.ts'

export const listProfiles = contract('EwsGateway', 'ListRoleProfiles', {
  summary: 'Lists all profiles, and describes what a role with each of them can and cannot do.',
  audited: undefined,
  input: structure(organization),
  output: structure({
    Profiles: z.array(
      structure({
        Profile: oneOf(PROFILES),
        ProfileVersion: z.int(),
        Purpose: z.string(),
        Can: z.array(z.string()).describe('Phrases that follow "can".'),
        Cannot: z.array(z.string()).describe('Phrases that follow "cannot".'),
      }),
    ),
    Operations: z.array(z.string()).describe('Names of all operations that a role can use.'),
  }),
})
