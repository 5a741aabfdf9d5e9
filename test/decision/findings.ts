/**
 * Result of a comparison: the differences, and how much was compared.
 */

import type { Question, Role, World } from '../../scripts/decisions/terms.ts'

/** Maximum number of differences that are kept. More tend to have the same cause. */
const MAX_DIFFERENCES = 3

export class Findings {
  /** Number of questions. */
  compared = 0
  readonly differences: string[] = []
  /** Number of answers by reason. */
  readonly reasons = new Map<string, number>()
  /** Number of explanations by verdict. */
  readonly verdicts = new Map<string, number>()
  /** Texts of the faults that must not tell their reasons apart. */
  readonly textsOfAlike = new Set<string | undefined>()

  countReason(reason = 'allow'): void {
    this.reasons.set(reason, (this.reasons.get(reason) ?? 0) + 1)
  }

  countVerdict(verdict: string): void {
    this.verdicts.set(verdict, (this.verdicts.get(verdict) ?? 0) + 1)
  }

  /** Keeps a difference, if there is one, with everything that the decision depends on. */
  record(
    surface: string,
    difference: object | undefined,
    { users, groups, accessControl, principals }: World,
    role: Role,
    question: Partial<Question> = {},
  ): void {
    if (difference === undefined || this.differences.length >= MAX_DIFFERENCES) return
    const caller = principals.find(({ id }) => id === question.caller)
    const world = { role, caller, users, groups, accessControl }
    const lines = [difference, question, world].map(part => JSON.stringify(part))
    this.differences.push([surface, ...lines].join('\n'))
  }
}
