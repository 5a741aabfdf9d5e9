/**
 * Reads the table of profiles for one class of folders.
 *
 * @module
 */

import type { FolderClass, ProfileName } from '../../src/model/profile.ts'
import { accessOf } from '../../src/policy/profiles.ts'

/** Whether a profile allows an operation in folders of a class. An unknown class is undefined. */
export function allowsIn(
  profile: ProfileName,
  operation: string,
  folder: FolderClass | undefined,
): boolean {
  const access = accessOf(profile, operation)
  if (access === 'any' || access === 'none') return access === 'any'
  return folder !== undefined && access.includes(folder)
}
