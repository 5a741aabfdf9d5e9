/**
 * Contract of the action that lists profiles, and schemas of the profile of a role.
 *
 * @module
 */

import { z } from 'zod'
import { OPERATIONS } from '../../ews/operations.ts'
import { PROFILES } from '../../model/profile.ts'
import { mustBe } from '../problems.ts'
import { list, oneOf, structure } from '../shapes.ts'
import { contract } from './contract.ts'
import { organization } from './members.ts'

const NO_PROFILE = 'none'
const operationNames: readonly string[] = Object.keys(OPERATIONS)

const operationList = (description: string) =>
  list(z.enum(operationNames, mustBe('the name of an EWS operation')), 'operations')
    .exactOptional()
    .meta({ description })

const profileName = oneOf([NO_PROFILE, ...PROFILES]).meta({
  description: '[Profile](profiles.md) that narrows the role below its type, or none.',
})

const operationsShape = structure({
  Allowed: operationList(
    'Denies all other operations. An operation outside of the profile stays denied.',
  ),
  Denied: operationList('Denies these operations.'),
})

/** Limits of a role below its type. */
export const profileShape = structure({
  Profile: profileName,
  Operations: operationsShape.exactOptional(),
}).meta({ description: 'Profile of a role, and its own limits by operation.' })

export type ProfileInput = z.output<typeof profileShape>

const givenOperations = z.array(z.string()).exactOptional()

/** Schema of the limits in a response. A stored profile can be one that this version does not know. */
export const givenProfile = structure({
  Profile: z.string().describe('Name of the profile, or none.'),
  ProfileVersion: z
    .int()
    .exactOptional()
    .describe('Version of the profile in this gateway. Absent without a profile.'),
  Operations: structure({ Allowed: givenOperations, Denied: givenOperations }).exactOptional(),
})

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
