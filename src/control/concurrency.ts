/**
 * Implements optimistic locking: rejects a change based on an outdated version, so that callers don't overwrite
 * changes they have not seen. A change runs in one transaction of the store, so no other change can happen between
 * its read and its write.
 *
 * @module
 */

import { hash } from 'node:crypto'
import type { ImpersonationRole } from '../model/role.ts'
import { ApiError } from './errors.ts'

/** Length of a version: 96 bits in base64url. */
const VERSION_LENGTH = 16

/** Version of an object that does not exist. With it as the expected version, a change only creates. */
export const NONE = 'NONE'

/** Returns a version that changes if any part of the content changes. */
export const versionOf = (...content: readonly unknown[]): string =>
  hash('sha256', JSON.stringify(content), 'base64url').slice(0, VERSION_LENGTH)

/** Returns the version of a role, which is the policy version of its last change. */
export const versionOfRole = ({ version }: ImpersonationRole): string => String(version)

/** Functions that read an object, compute its version, and replace it. */
export type Replacement<T, R> = Readonly<{
  /** Version that the caller has read. If absent, any version is replaced. */
  expected: string | undefined
  read: () => Promise<T>
  versionOf: (present: T) => string
  write: (before: T) => Promise<R>
}>

/**
 * Replaces an object if it has the expected version.
 *
 * @throws ApiError ConflictException if it has another version; the message contains the current one
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
