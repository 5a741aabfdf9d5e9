/**
 * Converts times of the configuration from seconds to milliseconds.
 *
 * @module
 */

type Milliseconds<T> = Readonly<{
  [Name in keyof T as Name extends `${infer What}Seconds` ? `${What}Ms` : never]: number
}>

/** Converts every member of an object, such as `{ headersSeconds: 60 }` to `{ headersMs: 60_000 }`. */
export const inMilliseconds = <T extends Readonly<Record<`${string}Seconds`, number>>>(times: T) =>
  Object.fromEntries(
    Object.entries(times).map(([name, seconds]) => [
      name.replace(/Seconds$/, 'Ms'),
      seconds * 1_000,
    ]),
  ) as Milliseconds<T>
