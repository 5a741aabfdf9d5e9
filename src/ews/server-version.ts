/**
 * Reads the ServerVersionInfo of a response.
 *
 * @module
 */

import type { ServerVersion } from '../model/server-version.ts'
import type { Tag } from '../xml/tag.ts'

const NUMBER = /^\d{1,9}$/
const WORD = /^[A-Za-z0-9_.]{1,32}$/

/** Returns the version, or undefined if an attribute is missing or malformed. */
export function serverVersionOf(tag: Tag): ServerVersion | undefined {
  const majorVersion = numberOf(tag, 'MajorVersion')
  const minorVersion = numberOf(tag, 'MinorVersion')
  const majorBuildNumber = numberOf(tag, 'MajorBuildNumber')
  const minorBuildNumber = numberOf(tag, 'MinorBuildNumber')
  const version = tag.attribute('Version')

  if (majorVersion === undefined || minorVersion === undefined) return undefined
  if (majorBuildNumber === undefined || minorBuildNumber === undefined) return undefined
  if (version === undefined || !WORD.test(version)) return undefined
  return { majorVersion, minorVersion, majorBuildNumber, minorBuildNumber, version }
}

function numberOf(tag: Tag, attribute: string): number | undefined {
  const text = tag.attribute(attribute)
  return text !== undefined && NUMBER.test(text) ? Number(text) : undefined
}
