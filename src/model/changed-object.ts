/**
 * Objects that changes are about.
 *
 * @module
 */

export const OBJECT_TYPES = [
  'ROLE',
  'ACCESS_CONTROL_RULE',
  'PRINCIPAL',
  'ACCESS_KEY',
  'USER',
  'USERS',
  'GROUP',
  'DIRECTORY',
  'NAME',
  'PROTECTED_MAILBOXES',
] as const

export type ObjectType = (typeof OBJECT_TYPES)[number]

/** Numbers of users and groups that one change created, updated, or deleted. */
export type ChangeCounts = Readonly<{
  created: number
  updated: number
  deleted: number
  /** Present if the change could change groups. */
  groups?: Readonly<{ created: number; updated: number; deleted: number }>
}>

/** Object of a change. A change of many users has counts in place of an ID and a name. */
export type ChangedObject = Readonly<{
  type: ObjectType
  id?: string
  name?: string
  counts?: ChangeCounts
  /** Whether an import changed nothing, because it was only a preview. */
  dryRun?: true
}>
