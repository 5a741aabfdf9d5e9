/**
 * Copies objects with some of their members, and compares their members.
 *
 * A change of an object names the members that it replaces. So it keeps all others, also those that were added to the
 * type later.
 *
 * @module
 */

/** Returns an object without some members. */
export function without<T extends object, Name extends keyof T & string>(
  object: T,
  names: readonly Name[],
): Omit<T, Name> {
  const dropped: ReadonlySet<string> = new Set(names)
  const kept = Object.entries(object).filter(([name]) => !dropped.has(name))
  return Object.fromEntries(kept) as Omit<T, Name>
}

/** Returns some members of an object, as far as it has them. */
export function only<T extends object, Name extends keyof T & string>(
  object: T,
  names: readonly Name[],
): Pick<T, Name> {
  const wanted: ReadonlySet<string> = new Set(names)
  const kept = Object.entries(object).filter(([name]) => wanted.has(name))
  return Object.fromEntries(kept) as Pick<T, Name>
}

/** Returns whether two values of JSON are the same. Another order of entries counts as another value. */
export const isSame = (one: object | undefined, other: object | undefined): boolean =>
  textOf(one) === textOf(other)

const textOf = (value: object | undefined): string | undefined =>
  value &&
  JSON.stringify(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(),
  )

/** A value for each member of a type. Exactly the members that can be absent can be undefined. */
type AllMembers<T> = {
  readonly [Name in keyof T]-?: object extends Pick<T, Name> ? T[Name] | undefined : T[Name]
}

/** Returns an object without its undefined members. The compiler finds a member of the type that isn't given. */
export function present<T extends object>(members: AllMembers<T>): T {
  const kept: Partial<Record<keyof T, unknown>> = {}
  for (const name in members) if (members[name] !== undefined) kept[name] = members[name]
  return kept as T
}
