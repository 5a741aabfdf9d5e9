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
const ACTIVITIES: readonly (readonly [activity: number, verbs: readonly string[]])[] = [
  [CREATE, ['Add', 'Copy', 'Create', 'Import', 'Send', 'Subscribe', 'Upload']],
  [READ, ['AutoDiscover', 'Convert', 'Describe', 'Expand', 'Explain', 'Export', 'Find', 'Get']],
  [READ, ['List', 'Preview', 'Resolve', 'Search', 'Summarize', 'Sync', 'Test']],
  [UPDATE, ['Apply', 'Archive', 'Enable', 'Disable', 'Lock', 'Mark', 'Move', 'Put', 'Set']],
  [UPDATE, ['Unlock', 'Update']],
  [DELETE, ['Delete', 'Empty', 'Release', 'Remove', 'Revoke', 'Unsubscribe']],
]

/** Returns the activity of an operation, or of an action with its prefix. */
export function activityOf(operation: unknown): Activity {
  if (typeof operation !== 'string') return { activity_id: 0 }
  const name = operation.slice(operation.indexOf(':') + 1)
  const found = ACTIVITIES.find(([, verbs]) => verbs.some(verb => name.startsWith(verb)))
  return found ? { activity_id: found[0] } : other(name)
}
