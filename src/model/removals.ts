/**
 * Limits on the removal of users by an import or a synchronization. Every way to remove several users keeps them.
 *
 * @module
 */

/** Maximum part of the users that is removed without consent. */
const MAX_REMOVED_PART = 0.1

/** Number of users that would be removed, and number of all users. */
export type Removal = Readonly<{ removed: number; of: number }>

/** Removals that a caller accepts. */
export type RemovalConsent = Readonly<{
  /** Maximum number of users. Unlimited by default. */
  deleteAtMost?: number
  /** Whether more than a tenth of the users can be removed; false by default. */
  acceptRemovals?: boolean
}>

/** Whether a removal needs consent because of its size. */
export const isLargeRemoval = ({ removed, of }: Removal): boolean => removed > MAX_REMOVED_PART * of

/** Whether a removal must not happen. */
export const isStopped = (
  removal: Removal,
  { deleteAtMost = Number.POSITIVE_INFINITY, acceptRemovals = false }: RemovalConsent,
): boolean => removal.removed > deleteAtMost || (isLargeRemoval(removal) && !acceptRemovals)
