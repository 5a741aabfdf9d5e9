/**
 * Types of protected mailboxes.
 *
 * @module
 */

import type { Input, Output } from './actions.ts'

/** The protected users and groups, and the exceptions, as the organization has them now. */
export type Protection = Output<'EwsGateway.GetProtectedMailboxes'>
export type Exception = Protection['Exceptions'][number]
/** The lists that a change replaces together. */
export type ProtectionLists = Required<
  Pick<Input<'EwsGateway.PutProtectedMailboxes'>, 'Users' | 'Groups' | 'Exceptions'>
>
