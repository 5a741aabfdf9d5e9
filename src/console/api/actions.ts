/**
 * Actions of the control API, by their X-Amz-Target, with the types of their contracts.
 *
 * Names are those of the API. Times are in seconds since 1970. {@link callAction} adds the OrganizationId to an
 * input.
 *
 * @module
 */

import type { Actions } from '../../control/contract/actions.ts'

export type { Permission } from '../../control/contract/actions.ts'

export type Target = keyof Actions
export type Input<T extends Target> = Actions[T]['input']
export type Output<T extends Target> = Actions[T]['output']
