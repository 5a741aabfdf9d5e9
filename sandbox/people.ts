/**
 * The people of the sandbox and the demo: all users with a mailbox in `example.com`.
 *
 * @module
 */

import type { SandboxUser } from './options.ts'

const MAIL_DOMAIN = 'example.com'

/** Name and address of the service account. */
export const SERVICE = `svc-gateway@${MAIL_DOMAIN}`

/** Address of the empty mailbox for requests that touch no mailbox. */
export const NEUTRAL = `neutral@${MAIL_DOMAIN}`

/** People with mail. */
export const PEOPLE = ['alice', 'bob', 'carol', 'ceo'].map((name, i) => ({
  primarySmtpAddress: `${name}@${MAIL_DOMAIN}`,
  aliases: name === 'ceo' ? [`boss@${MAIL_DOMAIN}`] : [],
  principalName: `${name}@corp.${MAIL_DOMAIN}`,
  sid: `S-1-5-21-1004336348-1177238915-682003330-${1101 + i}`,
  displayName: name === 'ceo' ? 'The CEO' : `${name[0]?.toUpperCase()}${name.slice(1)} Example`,
})) satisfies readonly SandboxUser[]

/** All users for a sandbox, including the neutral mailbox. */
export const MAILBOXES: readonly SandboxUser[] = [
  ...PEOPLE,
  { primarySmtpAddress: NEUTRAL, aliases: [], empty: true },
]
