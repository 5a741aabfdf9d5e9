/**
 * Finds the object that a record is about.
 *
 * @module
 */

import type { AssumeRecord, CallRecord, ChangeRecord } from '../audit/audit.ts'
import { type ChangedObject, namedObject } from '../model/changed-object.ts'

/** Returns the object of a change, or the role of a token request; undefined if the record has none. */
export function changedObject(
  record: ChangeRecord | AssumeRecord | CallRecord,
): ChangedObject | undefined {
  if (record.type === 'change') return record.object
  if (record.type === 'call' || record.roleId === undefined) return undefined
  return namedObject('ROLE', record.roleId, record.roleName)
}
