/**
 * Contract of the action that lists what ends soon.
 *
 * @module
 */

import { z } from 'zod'
import { mustBe } from '../problems.ts'
import { oneOf, structure, timeShape } from '../shapes.ts'
import { contract } from './contract.ts'
import { organization } from './members.ts'

const DAYS = mustBe('a whole number of days from 1 to 366')

export const listEnds = contract('EwsGateway', 'ListEnds', {
  summary:
    'Lists the roles, rules, exceptions from the protection of mailboxes, principals, and access keys that end within Days, the earliest first. Disabled principals and keys are left out.',
  audited: undefined,
  input: structure({
    ...organization,
    Days: z.int(DAYS).min(1, DAYS).max(366, DAYS).exactOptional().meta({
      description: 'Default: 30.',
    }),
  }),
  output: structure({
    Ends: z.array(
      structure({
        Kind: oneOf([
          'ROLE',
          'RULE',
          'PROTECTION_EXCEPTION',
          'PRINCIPAL',
          'ACCESS_KEY',
          'ADMINISTRATOR_KEY',
        ]).describe(
          '`PROTECTION_EXCEPTION`: an exception that lets the role reach protected mailboxes. `ADMINISTRATOR_KEY`: a key that can do more than assume roles. If the last one ends, create another with `ews-gateway admin create-key`.',
        ),
        EndTime: timeShape,
        Name: z.string().describe('Name of the role or principal.'),
        ImpersonationRoleId: z.string().exactOptional(),
        ImpersonationRuleId: z.string().exactOptional(),
        RuleName: z.string().exactOptional(),
        PrincipalId: z.string().exactOptional(),
        AccessKeyId: z.string().exactOptional(),
      }),
    ),
  }),
})
