/**
 * Every action, by what X-Amz-Target says, with the types of its contract.
 *
 * Names and spelling are the API's. Times are seconds since 1970. {@link callAction} adds
 * OrganizationId to an input.
 *
 * @module
 */

import type { Actions } from '../../control/contract/actions.ts'

export type Target = keyof Actions
export type Input<T extends Target> = Actions[T]['input']
export type Output<T extends Target> = Actions[T]['output']

/** What a policy must allow for an action. */
export type Permission<T extends Target = Target> = T extends `WorkMailService.${infer Name}`
  ? `workmail:${Name}`
  : T extends `EwsGateway.${infer Name}`
    ? `ewsgateway:${Name}`
    : never
