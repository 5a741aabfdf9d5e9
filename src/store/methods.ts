/**
 * Turns functions on a database into methods of the store.
 *
 * This module alone converts errors of the database to Failures. The errors of conflicts are those of the port, and
 * programming errors stay unchanged.
 *
 * @module
 */

import { Failure } from '../model/failure.ts'
import {
  ClientTokenReused,
  ConflictError,
  LimitReached,
  RemovalStopped,
  StoreNotEmpty,
  UnreadableError,
} from './store.ts'
import type { Database } from './tables.ts'

/** Runs a call of the database. Converts its errors to a Failure `policy-unavailable`. */
export async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (PROMISED.some(type => error instanceof type)) throw error
    const reason = error instanceof Error ? error.message : String(error)
    throw new Failure('policy-unavailable', `The store cannot be used: ${reason}`, {
      cause: error,
      kind: 'store',
    })
  }
}

/**
 * Wraps a value that the function of a change threw, so that the transaction is rolled back. `change()` then throws
 * the value itself.
 */
export class Undone extends Error {
  override readonly name = 'Undone'
}

const PROMISED = [
  ConflictError,
  ClientTokenReused,
  LimitReached,
  RemovalStopped,
  StoreNotEmpty,
  UnreadableError,
  Undone,
  Failure,
  TypeError,
  ReferenceError,
]

/** Turns a function whose first argument is the database into a method. */
export const methodsOn =
  (db: Database, retry: <T>(work: () => Promise<T>) => Promise<T> = work => work()) =>
  <A extends unknown[], R>(work: (db: Database, ...given: A) => Promise<R>) =>
  (...given: A): Promise<R> =>
    guarded(() => retry(() => work(db, ...given)))
