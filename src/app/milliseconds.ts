/**
 * Converts times of the configuration from seconds to milliseconds.
 *
 * @module
 */

type Milliseconds<T> = Readonly<{
  [Name in keyof T as Name extends `${infer What}Seconds` ? `${What}Ms` : never]: number
}>

/** Returns `{ headersMs: 60_000 }` for `{ headersSeconds: 60 }`, with every member. */
export const inMilliseconds = <T extends Readonly<Record<`${string}Seconds`, number>>>(times: T) =>
  Object.fromEntries(
    Object.entries(times).map(([name, seconds]) => [
      name.replace(/Seconds$/, 'Ms'),
      seconds * 1_000,
    ]),
  ) as Milliseconds<T>
