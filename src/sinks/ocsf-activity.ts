/**
 * Activities and protocols of OCSF.
 *
 * @module
 */

type Activity = Readonly<{ activity_id: number; activity_name?: string }>

export const LOGON = { activity_id: 1 }
export const LOGOFF = { activity_id: 2 }
/** An HTTP POST, as every EWS request is. */
export const POST = { activity_id: 6 }

/** Returns an activity that OCSF has no number for. */
export const other = (name: string): Activity => ({ activity_id: 99, activity_name: name })

/** Numbers of authentication protocols, by the scheme of a record. */
export const AUTH_PROTOCOLS: Readonly<Record<string, number>> = { NTLM: 1, Bearer: 6, Basic: 11 }

const [CREATE, READ, UPDATE, DELETE] = [1, 2, 3, 4] as const

/** Beginnings of the names of operations and actions. */
const ACTIVITIES: readonly (readonly [names: RegExp, activity: number])[] = [
  [/^(?:Add|Copy|Create|Import|Send|Subscribe|Upload)/, CREATE],
  [/^(?:AutoDiscover|Convert|Describe|Expand|Explain|Export|Find|Get|List|Preview|Resolve)/, READ],
  [/^(?:Search|Summarize|Sync|Test)/, READ],
  [/^(?:Apply|Archive|Enable|Disable|Lock|Mark|Move|Put|Set|Unlock|Update)/, UPDATE],
  [/^(?:Delete|Empty|Release|Remove|Revoke|Unsubscribe)/, DELETE],
]

/** Returns the activity of an operation, or of an action with its prefix. */
export function activityOf(operation: unknown): Activity {
  if (typeof operation !== 'string') return { activity_id: 0 }
  const name = operation.replace(/^\w+:/, '')
  const found = ACTIVITIES.find(([names]) => names.test(name))
  return found ? { activity_id: found[1] } : other(name)
}
