/**
 * The effect of a role's rules on a user, as the explanation of a decision shows it.
 *
 * @module
 */

import { explain } from '../decision/explain.ts'
import type { TracedRules } from '../decision/trace-rules.ts'
import { byAddress, type User } from '../model/identity.ts'
import type { DataKind, PolicyData } from '../model/policy-data.ts'
import type { ImpersonationRole } from '../model/role.ts'
import type { Call } from './action.ts'

/** Returns the effect of the rules alone. Both values must be of one state of the store. */
export function effectOn(
  { organization, sourceAddress, secure, at }: Call,
  role: ImpersonationRole,
  user: User,
): TracedRules['effect'] {
  const explanation = explain(
    {
      purpose: 'AutoDiscover',
      organization,
      caller: { kind: 'explained', principal: undefined, roleId: role.id },
      sourceAddress,
      secureTransport: secure,
      at,
      requestElement: '',
      connectingSid: byAddress(user.primarySmtpAddress),
    },
    dataOf(role, user, at),
  )
  if ('missing' in explanation) throw new TypeError('The effect of a role needs other data')
  return explanation.rules.effect
}

/**
 * Returns policy data with only the role and the user. Access control rules are empty, because they have no part in
 * the effect.
 */
function dataOf(role: ImpersonationRole, user: User, at: number): PolicyData {
  const values: Partial<Record<DataKind, unknown>> = { role, name: user, 'access-control': [] }
  return {
    freshness: () => ({ version: 0, at }),
    find: (kind, _) => ({ value: values[kind] as never, from: 0 }),
  }
}
