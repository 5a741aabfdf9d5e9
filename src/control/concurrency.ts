/**
 * Rejects a change of a version that is no longer present, so that no one overwrites what they have not seen.
 *
 * A change runs in one transaction of the store, so no other change comes between its read and its write.
 *
 * @module
 */

import { hash } from 'node:crypto'
import type { ImpersonationRole } from '../model/role.ts'
import { ApiError } from './errors.ts'

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
  const before = await read()
  const present = version(before)
  if (expected !== undefined && expected !== present)
    throw new ApiError(
      'ConflictException',
      `ExpectedVersion is not the present version, ${present}: someone else has changed it since you read it. Read it again, and repeat your change`,
    )
  return { before, after: await write(before) }
}
