/**
 * Finds the object that a change is about, in its record.
 *
 * @module
 */

import type { AssumeRecord, CallRecord, ChangeRecord } from '../audit/audit.ts'
import type { ChangedObject, ObjectType } from '../model/changed-object.ts'

/** Parts of the names of actions, with the type of their object. The first that matches counts. */
const TYPES: readonly (readonly [part: string, type: ObjectType])[] = [
  ['AccessControlRule', 'ACCESS_CONTROL_RULE'],
  ['AccessKey', 'ACCESS_KEY'],
  ['RoleToTool', 'PRINCIPAL'],
  ['Principal', 'PRINCIPAL'],
  ['Role', 'ROLE'],
  ['ImportUsers', 'USERS'],
  ['SynchronizeDirectory', 'DIRECTORY'],
  ['User', 'USER'],
  ['Group', 'GROUP'],
  ['ReleaseName', 'NAME'],
  ['ProtectedMailboxes', 'PROTECTED_MAILBOXES'],
]

type Members = Readonly<Record<string, unknown>>

/** Returns the object of a change; undefined if the record has no state, or has none of a known type. */
export function changedObject(
  record: ChangeRecord | AssumeRecord | CallRecord,
): ChangedObject | undefined {
  if (record.type === 'call') return undefined
  if (record.type === 'assume') return roleOf(record)
  const type = TYPES.find(([part]) => record.action.includes(part))?.[1]
  const state = membersOf(record.after ?? record.before)
  if (type === undefined || state === undefined) return undefined
  if (type === 'USERS') return importOf(state)
  if (type === 'DIRECTORY') return synchronizationOf(state)
  const object = membersOf(state['principal']) ?? state
  const given = (...names: readonly string[]) =>
    names.map(name => object[name]).find(value => typeof value === 'string')
  return withGiven(
    type,
    given('id', 'AccessKeyId'),
    given('name', 'primarySmtpAddress', 'AccessKeyId'),
  )
}

const roleOf = ({ roleId, roleName }: AssumeRecord): ChangedObject | undefined =>
  roleId === undefined ? undefined : withGiven('ROLE', roleId, roleName)

const withGiven = (type: ObjectType, id: unknown, name: unknown): ChangedObject => ({
  type,
  ...(typeof id === 'string' && { id }),
  ...(typeof name === 'string' && { name }),
})

const importOf = ({ dryRun, created, updated, deleted }: Members): ChangedObject => ({
  type: 'USERS',
  counts: { created: numberOf(created), updated: numberOf(updated), deleted: numberOf(deleted) },
  ...(dryRun === true && { dryRun }),
})

/** A synchronization that changed nothing, or failed, has no counts. */
function synchronizationOf({ users, groups }: Members): ChangedObject {
  const type = 'DIRECTORY'
  if (users === undefined && groups === undefined) return { type }
  return { type, counts: { ...countsIn(users), groups: countsIn(groups) } }
}

function countsIn(changes: unknown) {
  const { created, updated, removed } = membersOf(membersOf(changes)?.['counts']) ?? {}
  return { created: numberOf(created), updated: numberOf(updated), deleted: numberOf(removed) }
}

/** Returns a number, or the length of a list. */
function numberOf(value: unknown): number {
  if (Array.isArray(value)) return value.length
  return typeof value === 'number' ? value : 0
}

const membersOf = (value: unknown): Members | undefined =>
  typeof value === 'object' && value !== null ? (value as Members) : undefined
