/**
 * Checks whether values that were stored have exactly the members and types that this version knows.
 *
 * A shape is closed: it accepts no unknown member, no unknown text of a list, and no missing member. The type of a
 * structure lists its members, so the compiler finds a shape without a member that its type has.
 *
 * @module
 */

/** Whether a value has a shape. Never throws. */
export type Shape<T> = (value: unknown) => value is T

type OptionalShape<T> = Readonly<{ optional: Shape<T> }>

/** A shape for each member of a type. Exactly the members that can be absent are optional. */
type Members<T> = {
  readonly [Name in keyof T]-?: object extends Pick<T, Name>
    ? OptionalShape<NonNullable<T[Name]>>
    : Shape<T[Name]>
}

/** Returns the shape of a member that can be absent. */
export const optional = <T>(shape: Shape<T>): OptionalShape<T> => ({ optional: shape })

/** Returns the shape of an object with these members, and no others. */
export function structure<T extends object>(members: Members<T>): Shape<T> {
  const shapes = new Map<string, Shape<unknown>>()
  const required: string[] = []
  for (const [name, member] of Object.entries<Shape<unknown> | OptionalShape<unknown>>(members)) {
    if (typeof member === 'function') required.push(name)
    shapes.set(name, typeof member === 'function' ? member : member.optional)
  }
  return (value): value is T => {
    if (!isObject(value)) return false
    const isKnown = (name: string) => shapes.get(name)?.(value[name]) === true
    return Object.keys(value).every(isKnown) && required.every(name => Object.hasOwn(value, name))
  }
}

/** Returns the shape of an object whose members all have names and values of these shapes. */
export const record =
  <Name extends string, T>(names: Shape<Name>, values: Shape<T>): Shape<Partial<Record<Name, T>>> =>
  (value): value is Partial<Record<Name, T>> =>
    isObject(value) && Object.entries(value).every(([name, one]) => names(name) && values(one))

/** Returns the shape of a list. An empty list has it. */
export const list =
  <T>(shape: Shape<T>): Shape<readonly T[]> =>
  (value): value is readonly T[] =>
    Array.isArray(value) && value.every(shape)

/** Returns the shape of a value that also meets a condition. */
export const that =
  <T>(shape: Shape<T>, isMet: (value: T) => boolean): Shape<T> =>
  (value): value is T =>
    shape(value) && isMet(value)

/** Returns the shape of a list that isn't empty. A rule with an empty one would match nothing, even if it denies. */
export const some = <T>(shape: Shape<T>): Shape<readonly T[]> =>
  that(list(shape), ({ length }) => length > 0)

/** Returns the shape of values that have one of two shapes. */
export const either =
  <A, B>(one: Shape<A>, other: Shape<B>): Shape<A | B> =>
  (value): value is A | B =>
    one(value) || other(value)

/** Returns the shape of a text from a closed list. */
export function oneOf<const T extends string>(texts: readonly T[]): Shape<T> {
  const known: ReadonlySet<unknown> = new Set(texts)
  return (value): value is T => known.has(value)
}

/** Returns the shape of one value. */
export const exactly =
  <const T extends string | boolean>(only: T): Shape<T> =>
  (value): value is T =>
    value === only

export const isText: Shape<string> = value => typeof value === 'string'
export const isFlag: Shape<boolean> = value => typeof value === 'boolean'
/** Returns a shape for each of these members, which are true or false. */
export const flags = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map(name => [name, isFlag])) as Record<Name, Shape<boolean>>

/** A version, or a time in milliseconds since the epoch. */
export const isWhole = (value: unknown): value is number => Number.isSafeInteger(value)
export const isBytes: Shape<Uint8Array> = value => value instanceof Uint8Array

/** Returns the shape of an ID. It is compared exactly, so any text that isn't empty has it. */
export const id =
  <Id extends string>(): Shape<Id> =>
  (value): value is Id =>
    typeof value === 'string' && value !== ''

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
