/**
 * Says who locked a role, when, until when, and with which message.
 *
 * @module
 */

import type { Role } from '../api/roles.ts'
import { Time } from '../parts/time.tsx'

type Lock = NonNullable<Role['Lock']>

/** Returns text such as `Locked by admin, Dec 2, 2026, 6:00:00 PM UTC, until …. Message to tools: …`. */
export const LockText = ({ lock }: { lock: Lock }) => (
  <>
    {lock.LockedBy === undefined ? 'Locked' : `Locked by ${lock.LockedBy.Name}`}
    <LockTimes lock={lock} />
    {lock.Message === undefined ? '.' : `. Message to tools: ${lock.Message}`}
  </>
)

function LockTimes({ lock: { DateLocked, ExpiresTime } }: { lock: Lock }) {
  return (
    <>
      {DateLocked !== undefined && (
        <>
          , <Time at={DateLocked} />
        </>
      )}
      {ExpiresTime !== undefined && (
        <>
          , until <Time at={ExpiresTime} />
        </>
      )}
    </>
  )
}
