/**
 * Finds the fields of a form whose values another object already has.
 *
 * @module
 */

import { CallFailure } from '../api/failure.ts'

/**
 * Returns the API's message for each member that must be unique.
 *
 * @returns an empty object if the call failed for another reason
 */
export function takenIn(error: unknown): Readonly<Record<string, string>> {
  if (!(error instanceof CallFailure) || error.type !== 'InvalidParameterException') return {}
  const found = error.message.split('; ').map(said => /^(\w+) must be unique: (.*)$/s.exec(said))
  if (!found.every(match => match !== null)) return {}
  return Object.fromEntries(found.map(([, member = '', said = '']) => [member, capitalized(said)]))
}

/** Returns the problem of a name, if the call failed because the name is in use. */
export const takenName = (error: unknown, name: string): string | undefined =>
  takenIn(error)['Name'] && `${name.trim()} is already in use`

/** Whether errors next to fields describe the failure completely, so that the page needs no other error. */
export const isAtFields = (error: unknown): boolean => Object.keys(takenIn(error)).length > 0

const capitalized = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
