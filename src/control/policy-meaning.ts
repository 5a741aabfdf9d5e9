/**
 * Rejects policies in which a name means nothing, because a misspelled Deny would deny nothing.
 *
 * @module
 */

import type { Condition, PolicyDocument, Statement } from '../model/iam.ts'
import { isPermission } from '../model/permissions.ts'
import { roleId } from '../model/role.ts'
import type { Call } from './action.ts'
import { quoteSome, requireNone } from './problems.ts'

/** Operators that compare a whole ID. Those with wildcards can mean roles that don't exist yet. */
const EXACT = ['StringEquals', 'StringNotEquals'] as const

/**
 * Requires that each action of a policy is, or matches, a permission, and that conditions name roles by their IDs.
 *
 * @throws ApiError InvalidParameterException, with every problem
 */
export async function requireMeaning(call: Call, policy: PolicyDocument): Promise<void> {
  const names = await Promise.all(policy.Statement.map(statement => namesOfRoles(call, statement)))
  const problems = [
    ...unknownActions(policy),
    ...names.flatMap((found, i) => found.map(problem => `Statement[${i}]${problem}`)),
  ]
  requireNone(problems.map(problem => `Policy.${problem}`))
}

/** Returns a message with its place in the policy for each action that is, and matches, no permission. */
export const unknownActions = ({ Statement }: PolicyDocument): readonly string[] =>
  Statement.flatMap(({ Action }, i) =>
    Action.flatMap((action, k) =>
      isPermission(action)
        ? []
        : [`Statement[${i}].Action[${k}]: there is no permission ${quoteSome([action])}`],
    ),
  )

async function namesOfRoles(
  { ports, organization }: Call,
  { Condition = {} }: Statement,
): Promise<readonly string[]> {
  const problems: string[] = []
  for (const value of idsIn(Condition)) {
    if (await ports.store.role(organization.id, roleId(value))) continue
    const role = await ports.store.roleByName(organization.id, value)
    if (role !== undefined)
      problems.push(
        `.Condition: ${quoteSome([value])} is the name of a role. Use its ID, ${role.id}`,
      )
  }
  return problems
}

const idsIn = (condition: Condition): readonly string[] =>
  EXACT.flatMap(operator => condition[operator]?.['workmail:ImpersonationRoleId'] ?? [])
