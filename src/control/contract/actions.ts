/**
 * Types of all actions for callers. The console imports nothing else of the server.
 *
 * @module
 */

import type { z } from 'zod'
import type * as accessControl from './access-control.ts'
import type { Contract } from './contract.ts'
import type * as ends from './ends.ts'
import type * as groups from './groups.ts'
import type * as history from './history.ts'
import type * as identities from './identities.ts'
import type * as organization from './organization.ts'
import type * as principals from './principals.ts'
import type * as profiles from './profiles.ts'
import type * as protection from './protection.ts'

import type * as roleAccess from './role-access.ts'
import type * as roleTests from './role-tests.ts'
import type * as roles from './roles.ts'
import type * as shadows from './shadows.ts'
import type * as users from './users.ts'

export type { Permission } from '../../model/permissions.ts'

type Exports<Module> = Module[keyof Module]

type AnyContract = Extract<
  | Exports<typeof accessControl>
  | Exports<typeof ends>
  | Exports<typeof groups>
  | Exports<typeof history>
  | Exports<typeof identities>
  | Exports<typeof organization>
  | Exports<typeof principals>
  | Exports<typeof protection>
  | Exports<typeof profiles>
  | Exports<typeof roleAccess>
  | Exports<typeof roleTests>
  | Exports<typeof roles>
  | Exports<typeof shadows>
  | Exports<typeof users>,
  Contract
>

/** Input without OrganizationId, and output of every action, by the value of X-Amz-Target. */
export type Actions = {
  [Each in AnyContract as `${Each['service']}.${Each['name']}`]: {
    input: Omit<z.output<Each['input']>, 'OrganizationId'>
    output: z.output<Each['output']>
  }
}
