/**
 * Profiles of roles: named limits that narrow a role below its type.
 *
 * @module
 */

/** All profiles. The table of `src/policy/profiles.ts` defines them. */
export const PROFILES = [
  'calendar-read',
  'calendar-write',
  'contacts-sync',
  'tasks',
  'mail-read',
  'mail-draft',
  'export-only',
  'import-only',
  'no-send',
  'no-delete',
  'room-panel',
  'agent',
] as const
export type ProfileName = (typeof PROFILES)[number]

/**
 * Classes of folders. `root`: the root folders of a mailbox, which contain the other folders. `hidden`: folders and
 * items that users don't see. `other`: folders that users see and that have none of the other classes.
 */
export const FOLDER_CLASSES = [
  'mail',
  'calendar',
  'contacts',
  'tasks',
  'notes',
  'other',
  'hidden',
  'root',
] as const
export type FolderClass = (typeof FOLDER_CLASSES)[number]

/** Limits of one role below its type: a profile, and operations by name. All of them must allow a request. */
export type RoleProfile = Readonly<{
  /** Absent if only the operations are limited. */
  name?: ProfileName
  /** If present, only these operations are allowed. */
  allowedOperations?: readonly string[]
  /** These operations are not allowed. */
  deniedOperations?: readonly string[]
}>
