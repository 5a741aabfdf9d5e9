/**
 * Rejects grants of people in which an action means nothing, because a misspelled Deny would deny nothing.
 *
 * @module
 */

import { ConfigError } from '../config/load.ts'
import type { Config } from '../config/schema.ts'

/**
 * Requires that each action in the policies of `console.oidc.grants` is, or matches, a permission. Loads the control
 * API only if there is such a policy.
 *
 * @throws ConfigError with every mistake
 */
export async function verifyGrants({ console: { oidc } }: Pick<Config, 'console'>): Promise<void> {
  const policies = (oidc?.grants ?? []).flatMap(({ policy }, grant) =>
    typeof policy === 'string' ? [] : [{ policy, grant }],
  )
  if (policies.length === 0) return
  const { unknownActions } = await import('../control/policy-meaning.ts')
  const mistakes = policies.flatMap(({ policy, grant }) =>
    unknownActions(policy).map(problem => `console.oidc.grants[${grant}].policy.${problem}`),
  )
  if (mistakes.length > 0) throw new ConfigError(mistakes)
}
