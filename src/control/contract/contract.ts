/**
 * Contract of an action of the control API: its name, input, and output.
 *
 * Contracts import nothing of the server, so that the console and the documentation can use them.
 *
 * @module
 */

import type { z } from 'zod'
import type { ObjectType } from '../../model/changed-object.ts'
import type { Permission } from '../../model/permissions.ts'

/** Services that share the protocol: WorkMail's own, and the gateway's additions. */
export type ServiceName = 'WorkMailService' | 'EwsGateway'

export type Contract<
  Input extends z.ZodType<object> = z.ZodType<object>,
  Output extends z.ZodType<object> = z.ZodType<object>,
> = Readonly<{
  service: ServiceName
  /** Name as in `X-Amz-Target: <service>.<name>`. */
  name: string
  /** One sentence for the documentation. */
  summary: string
  /**
   * How every call is audited; undefined if only denied calls are. `change`: the call and its record are one
   * transaction of the store. `effect`: the call does something that no transaction can undo. `assume`: the call
   * issues a token. `read`: the call reads records of the audit; denied ones are recorded as those of other actions.
   */
  audited: 'change' | 'effect' | 'assume' | 'read' | undefined
  /**
   * Type of the object that a change is about, and the member of the input that has its ID or name. Every action that
   * changes the store has one.
   */
  object?: Readonly<{ type: ObjectType; id?: string; name?: string }>
  /** Whether the action changes users or groups. If they come from a directory, its calls are rejected. */
  byHand?: boolean
  /** Has the member OrganizationId, unless the action doesn't refer to one organization. */
  input: Input
  /** Every member of a response. Tests compare responses with it; production does not. */
  output: Output
}>

/** Whether an action changes nothing and gives no access. */
export const onlyReads = ({ audited }: Pick<Contract, 'audited'>): boolean =>
  audited === undefined || audited === 'read'

/** Prefix of the permissions of each service. */
export const PREFIXES = {
  WorkMailService: 'workmail',
  EwsGateway: 'ewsgateway',
} as const satisfies Record<ServiceName, string>

/** Names of the permissions of a service. Each action has one of them. */
type NameIn<S extends ServiceName> = Permission extends infer P
  ? P extends `${(typeof PREFIXES)[S]}:${infer N}`
    ? N
    : never
  : never

type Terms = Omit<Contract, 'service' | 'name'>

/** Returns a contract with the types of its schemas. */
export const contract = <S extends ServiceName, N extends NameIn<S>, T extends Terms>(
  service: S,
  name: N,
  terms: T,
) => ({ service, name, ...terms })
