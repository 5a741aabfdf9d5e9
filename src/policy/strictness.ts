/**
 * Compares the strictness of conditions in policies.
 *
 * @module
 */

import type { Condition, ConditionKey, ConditionOperator } from '../model/iam.ts'
import { coversPattern, matchesWildcard } from '../model/wildcard.ts'
import { parseRange } from './address.ts'
import { readBool, readTime } from './condition.ts'

/** Whether everything that matches the first value certainly matches the second value, too. */
type Covers = (value: string, by: string) => boolean

const same: Covers = (value, by) => value === by
const range: Covers = (value, by) => {
  const [inner, outer] = [parseRange(value), parseRange(by)]
  if (!inner || !outer || inner.bits !== outer.bits || inner.hostBits > outer.hostBits) return false
  return inner.value >> outer.hostBits === outer.value >> outer.hostBits
}
const comparing =
  <T>(read: (text: string) => T | undefined, holds: (value: T, by: T) => boolean): Covers =>
  (value, by) => {
    const [left, right] = [read(value), read(by)]
    return left !== undefined && right !== undefined && holds(left, right)
  }

const pattern: Covers = (value, by) => coversPattern(by, value)

const RULES = {
  StringEquals: { covers: same, negated: false },
  StringNotEquals: { covers: same, negated: true },
  StringLike: { covers: pattern, negated: false },
  StringNotLike: { covers: pattern, negated: true },
  IpAddress: { covers: range, negated: false },
  NotIpAddress: { covers: range, negated: true },
  DateLessThan: { covers: comparing(readTime, (value, by) => value <= by), negated: false },
  DateGreaterThan: { covers: comparing(readTime, (value, by) => value >= by), negated: false },
  Bool: { covers: comparing(readBool, (value, by) => value === by), negated: false },
} as const satisfies Record<ConditionOperator, Readonly<{ covers: Covers; negated: boolean }>>

/**
 * Whether another condition holds for every request for which this one holds. Returns false if that is not certain.
 * This condition must have every operator and key of the other one, with values that match no more, and can have
 * further ones.
 */
export function isAsStrict(condition: Condition, as: Condition): boolean {
  return Object.entries(as).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => demands(condition, operator, key, values)),
  )
}

function demands(
  condition: Condition,
  operator: string,
  key: string,
  values: readonly string[],
): boolean {
  if (!isOperator(operator)) return false
  const { covers, negated } = RULES[operator]
  const own = condition[operator]?.[key as ConditionKey]
  if (own !== undefined) return negated ? allIn(values, own, covers) : allIn(own, values, covers)
  if (operator !== 'StringLike') return false

  const named = condition.StringEquals?.[key as ConditionKey]
  return named !== undefined && allIn(named, values, (value, by) => matchesWildcard(by, value))
}

const allIn = (values: readonly string[], others: readonly string[], covers: Covers): boolean =>
  values.every(value => others.some(other => covers(value, other)))

const isOperator = (name: string): name is ConditionOperator => Object.hasOwn(RULES, name)
