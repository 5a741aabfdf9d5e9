/**
 * Messages of denials. Only callers with valid credentials get one, and only about their own role.
 *
 * @module
 */

import type { Denied } from './context.ts'

const HOW_TO_NAME =
  'Name the role in the user name, as role\\access-key-id, because the policy of this key does not name exactly one role.'

/** Returns the message of a denial. Returns an empty text if the client may not know more than the reason. */
export function denialMessage({ decision, role }: Pick<Denied, 'decision' | 'role'>): string {
  switch (decision.reason) {
    case 'role-locked':
      return role?.lock?.message ?? ''
    case 'role-ambiguous':
      return HOW_TO_NAME
    default:
      return ''
  }
}
