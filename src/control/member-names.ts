/**
 * Converts objects whose members have the same names in the model and in the API, but for the case of the first letter.
 *
 * @module
 */

/** An object with the names of the API: `inboxRules` is `InboxRules`. */
export type Capitalized<T> = {
  readonly [Name in keyof T as Capitalize<Name & string>]: T[Name]
}

/** An object with the names of the model. */
export type Uncapitalized<T> = {
  readonly [Name in keyof T as Uncapitalize<Name & string>]: T[Name]
}

export const capitalized = <T extends object>(object: T) =>
  renamed(object, first => first.toUpperCase()) as Capitalized<T>

export const uncapitalized = <T extends object>(object: T) =>
  renamed(object, first => first.toLowerCase()) as Uncapitalized<T>

const renamed = (object: object, caseOf: (first: string) => string) =>
  Object.fromEntries(
    Object.entries(object).map(([name, value]) => [
      `${caseOf(name.charAt(0))}${name.slice(1)}`,
      value,
    ]),
  )
