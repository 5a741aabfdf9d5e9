/**
 * Results that are usually available without waiting.
 *
 * @module
 */

/**
 * A value, or a promise of it if it must be waited for. Callers should only await a promise, because awaiting a
 * plain value is slow.
 */
export type MaybePromise<T> = T | Promise<T>

/** Calls a function with the value: immediately if it is not a promise, otherwise once the promise has resolved. */
export const after = <T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> => (value instanceof Promise ? value.then(next) : next(value))
