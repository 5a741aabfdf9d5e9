/**
 * Evaluates the conditions of a policy statement.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 * @module
 */

import { parseAddress } from '../model/address.ts'
import type { Condition, ConditionKey, ConditionOperator } from '../model/iam.ts'
import { matchesWildcard } from '../model/wildcard.ts'
import { inRange, parseRange } from './address.ts'

/** Value of each key in a request. Undefined if the request has none. */
export type ConditionValues = Readonly<Record<ConditionKey, string | undefined>>

/** Result of a comparison. Undefined if one of the two values has the wrong type for its operator. */
type Verdict = boolean | undefined

/** Compares the request's value with one value of the policy. */
type Comparison = (actual: string, expected: string) => Verdict

type Operator = Readonly<{ compare: Comparison; negated: boolean }>

const equal: Comparison = (actual, expected) => actual === expected
const like: Comparison = (actual, expected) => matchesWildcard(expected, actual)
const within: Comparison = (actual, expected) => {
  const [address, range] = [parseAddress(actual), parseRange(expected)]
  return address && range && inRange(range, address)
}

const OPERATORS = {
  StringEquals: { compare: equal, negated: false },
  StringNotEquals: { compare: equal, negated: true },
  StringLike: { compare: like, negated: false },
  StringNotLike: { compare: like, negated: true },
  IpAddress: { compare: within, negated: false },
  NotIpAddress: { compare: within, negated: true },
  DateLessThan: {
    compare: comparing(readTime, (actual, expected) => actual < expected),
    negated: false,
  },
  DateGreaterThan: {
    compare: comparing(readTime, (actual, expected) => actual > expected),
    negated: false,
  },
  Bool: { compare: comparing(readBool, (actual, expected) => actual === expected), negated: false },
} as const satisfies Record<ConditionOperator, Operator>

/**
 * Whether all operators and keys of a condition hold for a request.
 *
 * If the request lacks a key, a positive operator is false, and a negated one is true.
 *
 * @returns undefined if that cannot be determined, because an operator is unknown or a value is malformed
 */
export function conditionHolds(condition: Condition, values: ConditionValues): Verdict {
  let verdict: Verdict = true
  for (const { operator, key, expected } of testsOf(condition)) {
    const one = test(operator, key, expected, values)
    if (one === false) return false
    if (one === undefined) verdict = undefined
  }
  return verdict
}

type Test = Readonly<{ operator: string; key: string; expected: readonly string[] }>

/** Caches the tests of each condition as a flat list, so that it is built only once. */
const TESTS = new WeakMap<Condition, readonly Test[]>()

function testsOf(condition: Condition): readonly Test[] {
  const known = TESTS.get(condition)
  if (known !== undefined) return known
  const tests = Object.entries(condition).flatMap(([operator, keys]) =>
    Object.entries(keys).map(([key, expected]) => ({ operator, key, expected })),
  )
  TESTS.set(condition, tests)
  return tests
}

function test(
  name: string,
  key: string,
  expected: readonly string[],
  values: ConditionValues,
): Verdict {
  if (!isOperator(name) || !isKey(key, values)) return undefined
  const { compare, negated } = OPERATORS[name]
  const actual = values[key]
  if (actual === undefined) return negated

  const matched = anyOf(expected.map(value => compare(actual, value)))
  return matched === undefined ? undefined : matched !== negated
}

function anyOf(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes(true)) return true
  return verdicts.includes(undefined) ? undefined : false
}

const isOperator = (name: string): name is ConditionOperator => Object.hasOwn(OPERATORS, name)

const isKey = (key: string, values: ConditionValues): key is ConditionKey =>
  Object.hasOwn(values, key)

/** Returns a comparison that parses both texts and compares the results. */
function comparing<T>(
  read: (text: string) => T | undefined,
  compare: (actual: T, expected: T) => boolean,
): Comparison {
  return (actual, expected) => {
    const [left, right] = [read(actual), read(expected)]
    return left === undefined || right === undefined ? undefined : compare(left, right)
  }
}

const DATE = /^(\d{4}-\d\d-\d\d)(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/

/** Converts an ISO 8601 date with a zone, or a number of seconds since the epoch, to milliseconds since the epoch. */
export function readTime(text: string): number | undefined {
  if (/^\d{9,11}$/.test(text)) return Number(text) * 1000
  const [, day] = DATE.exec(text) ?? []
  if (day === undefined || !isDay(day)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}

/** Whether a day exists in the calendar. Needed because `Date.parse` reads February 30 as March 2. */
function isDay(day: string): boolean {
  const at = Date.parse(`${day}T00:00:00Z`)
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(day)
}

/** Reads `true` or `false`, case-insensitively. Returns undefined for another text. */
export function readBool(text: string): boolean | undefined {
  if (/^true$/i.test(text)) return true
  return /^false$/i.test(text) ? false : undefined
}
