/**
 * Actions on the directory from which an organization's users come.
 *
 * @module
 */

import { type SkippedEntry, SyncBusy } from '../directory/directory.ts'
import type { NamedGroup } from '../model/group.ts'
import type { User } from '../model/identity.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/organization.ts'
import { ApiError } from './errors.ts'

const describeDirectory = action(contract.describeDirectory, async ({ ports, organization }) => {
  const synchronization = ports.synchronizations.get(organization.id)
  if (synchronization === undefined) return { Kind: 'store' as const }
  const { attemptedAt, succeededAt, failures, message, stopped, unfit, alarm } =
    await synchronization.state()
  return {
    Kind: 'ldap' as const,
    IntervalSeconds: synchronization.intervalMs / 1_000,
    ...(attemptedAt !== undefined && { DateAttempted: attemptedAt / 1_000 }),
    ...(succeededAt !== undefined && { DateSucceeded: succeededAt / 1_000 }),
    Failures: failures,
    ...(message !== undefined && { Message: message }),
    ...(stopped && { WouldRemove: stopped.removed, Users: stopped.of }),
    ...(alarm !== undefined && { Alarm: alarm }),
    Unfit: unfit.map(skippedEntryOnWire),
  }
})

const synchronizeDirectory = action(
  contract.synchronizeDirectory,
  async (
    { ports, organization, changed, recordsOf },
    { AcceptRemovals: acceptRemovals = false },
  ) => {
    const synchronization = ports.synchronizations.get(organization.id)
    if (synchronization === undefined)
      throw new ApiError(
        'OrganizationStateException',
        'The organization has no directory. Its users are imported, or changed by the control API',
      )
    const result = await synchronization
      .synchronize({
        acceptRemovals,
        recordsOf: (changes, version) =>
          recordsOf({ outcome: 'done', acceptRemovals, ...changes }, version),
      })
      .catch(whileBusy)
    const { outcome, message, created, updated, removed, unchanged, unfit } = result
    changed(undefined, { outcome, acceptRemovals })
    return {
      Outcome: outcome,
      ...(message !== undefined && { Message: message }),
      Created: created.map(addressOf),
      Updated: updated.map(addressOf),
      Removed: removed.map(addressOf),
      Unchanged: unchanged,
      Groups: {
        Created: result.groups.created.map(nameOf),
        Updated: result.groups.updated.map(nameOf),
        Removed: result.groups.removed.map(nameOf),
      },
      Unfit: unfit.map(skippedEntryOnWire),
    }
  },
)

export const DIRECTORY_ACTIONS: readonly Action[] = [describeDirectory, synchronizeDirectory]

function whileBusy(error: unknown): never {
  if (error instanceof SyncBusy)
    throw new ApiError('ConflictException', `${error.message}. Try again when it has finished`)
  throw error
}

const addressOf = ({ primarySmtpAddress }: User) => primarySmtpAddress

const nameOf = ({ name }: NamedGroup) => name

const skippedEntryOnWire = ({ who, problem }: SkippedEntry) => ({ Who: who, Problem: problem })
