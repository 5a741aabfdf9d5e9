/**
 * Changes that two people make at once: each sees what it replaces.
 *
 * @module
 */

import { hash } from 'node:crypto'
import type { ImpersonationRole } from '../model/role.ts'
import { Overtaken, VersionConflict } from '../store/store.ts'
import { ApiError } from './errors.ts'

/** How often a change begins again because somebody else wrote between its read and its write. */
const ATTEMPTS = 5
/** 96 bits. */
const LENGTH = 16

/** A version that changes with what it is made of. */
export const versionOf = (...content: readonly unknown[]): string =>
  hash('sha256', JSON.stringify(content), 'base64url').slice(0, LENGTH)

export const versionOfRole = ({ version }: ImpersonationRole): string => String(version)

/** How something is read, told apart by its version, and replaced. */
export type Replacement<T, R> = Readonly<{
  /** The version that the caller saw; absent: whatever stands there is replaced. */
  expected: string | undefined
  read: () => Promise<T>
  versionOf: (present: T) => string
  /** @throws Overtaken or VersionConflict where something else than `before` stands there by now */
  write: (before: T) => Promise<R>
}>

/**
 * Replaces what stands there, as it was seen.
 *
 * @throws ApiError ConflictException, naming the present version
 */
export async function replace<T, R>({
  expected,
  read,
  versionOf: version,
  write,
}: Replacement<T, R>): Promise<Readonly<{ before: T; after: R }>> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const before = await read()
    const present = version(before)
    if (expected !== undefined && expected !== present)
      throw new ApiError(
        'ConflictException',
        `ExpectedVersion is not the present version, ${present}: read what stands there now, and decide anew`,
      )
    try {
      return { before, after: await write(before) }
    } catch (error) {
      if (!(error instanceof Overtaken) && !(error instanceof VersionConflict)) throw error
    }
  }
  throw new ApiError('ConflictException', 'Others are changing this all the time: try again')
}
