/**
 * Results that are usually known at once.
 *
 * @module
 */

/**
 * A value, or a promise of it if something must be waited for. To await a plain value costs promises and a turn of
 * the microtask queue, so only await a promise.
 */
export type MaybePromise<T> = T | Promise<T>

/** Continues with a value, at once if it is known. */
export const after = <T, R>(
  value: MaybePromise<T>,
  next: (value: T) => MaybePromise<R>,
): MaybePromise<R> => (value instanceof Promise ? value.then(next) : next(value))
