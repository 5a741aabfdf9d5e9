/**
 * Compares each answer of a gateway with the naive model's answer.
 */

import { accessMatches } from '../../scripts/decisions/naive-access.ts'
import { checksNaively } from '../../scripts/decisions/naive-checks.ts'
import type { Explained as ExplainedNaively } from '../../scripts/decisions/naive-explanation.ts'
import { canBeNamed, personMeant } from '../../scripts/decisions/naive-people.ts'
import { reachRow } from '../../scripts/decisions/naive-protection.ts'
import { matches, type RuleRow } from '../../scripts/decisions/naive-rules.ts'
import type { Answer, Question, Role, World } from '../../scripts/decisions/terms.ts'
import type { Effect, Explained, Preview } from './control-api.ts'
import type { Seen } from './data-plane.ts'
import type { AuditLine } from './gateway.ts'

/** ResponseCodes that are not ErrorImpersonateUserDenied. */
const CODES: Readonly<Record<string, string>> = {
  'operation-unknown': 'ErrorAccessDenied',
  'operation-refused': 'ErrorAccessDenied',
  'role-is-read-only': 'ErrorAccessDenied',
  'push-subscription': 'ErrorAccessDenied',
  'foreign-mailbox': 'ErrorAccessDenied',
  'grant-refused': 'ErrorAccessDenied',
  'sender-refused': 'ErrorAccessDenied',
  'impersonation-missing': 'ErrorInvalidExchangeImpersonationHeaderData',
}

/** Reasons whose denials must have equal texts (R2). */
export const ALIKE: readonly (string | undefined)[] = [
  'access-control-denies',
  'impersonation-conflict',
  'no-rule-allows',
  'rule-denies',
  'unknown-user',
]

const sorted = (list: readonly string[] | undefined) => (list ?? []).toSorted()

/** A difference, as two texts; undefined: none. */
type Difference = Readonly<{ expected: unknown; found: unknown }> | undefined

const differenceOf = (expected: unknown, found: unknown): Difference =>
  JSON.stringify(expected) === JSON.stringify(found) ? undefined : { expected, found }

/** Compares the record, the fault, and the user that the upstream saw. */
export function compareRequest(
  { verdict, reason, matchedRules, matchedGroups, actAs }: Answer,
  seen: Seen,
  record: AuditLine | undefined,
): Difference {
  return differenceOf(
    {
      verdict,
      reason,
      matchedRules,
      matchedGroups: sorted(matchedGroups),
      code: reason && (CODES[reason] ?? 'ErrorImpersonateUserDenied'),
      actAs,
    },
    {
      verdict: record?.verdict,
      reason: record?.reason,
      matchedRules: record?.matchedRules,
      matchedGroups: sorted(record?.matchedGroups),
      code: seen.code,
      actAs: seen.actAs,
    },
  )
}

/** Compares the decision, each check and each rule by itself, and the check that ended it. */
export function compareExplained(
  world: World,
  role: Role,
  question: Question,
  answer: ExplainedNaively,
  explained: Explained,
): Difference {
  const meant = personMeant(world, question)
  const user = typeof meant === 'string' ? undefined : meant
  const isNamed = meant !== 'unnamed' && meant !== 'conflict'
  const access = { from: question.from, userId: user?.id, roleId: role.id }
  // The model knows less about a body than the gateway, so its check counts only if it ends the decision.
  const body = explained.Checks.find(({ Name }) => Name === 'Body')
  const first = explained.Checks.find(({ Outcome }) => Outcome === 'REFUSE')
  return differenceOf(
    {
      verdict: answer.verdict.toUpperCase(),
      reason: answer.reason,
      checks: {
        ...checksNaively(world, role, question),
        Body: body?.Reason ?? body?.Outcome,
        FolderClasses: 'NOT_MADE',
      },
      endedBy: first?.Name,
      endedFor: answer.reason,
      matchedRules: answer.matchedRules,
      matchedGroups: sorted(answer.matchedGroups),
      rules: role.rules.filter(rule => isNamed && matches(world, rule, user)).map(({ id }) => id),
      accessRules: sorted(
        world.accessControl.filter(rule => accessMatches(rule, access)).map(({ name }) => name),
      ),
    },
    {
      verdict: explained.Verdict,
      reason: explained.Reason,
      checks: Object.fromEntries(
        explained.Checks.map(({ Name, Outcome, Reason }) => [Name, Reason ?? Outcome]),
      ),
      endedBy: explained.EndedBy,
      endedFor: first?.Reason,
      matchedRules: explained.MatchedRules,
      matchedGroups: sorted(explained.MatchedGroups?.map(({ GroupId }) => GroupId)),
      rules: explained.ImpersonationRules.filter(({ Matched }) => Matched).map(
        ({ ImpersonationRuleId }) => ImpersonationRuleId,
      ),
      accessRules: sorted(
        explained.AccessControlRules.filter(({ Matched }) => Matched).map(({ Name }) => Name),
      ),
    },
  )
}

/** Compares the row of the rules for a user. */
export function compareEffect(role: Role, row: RuleRow, found: Effect): Difference {
  return differenceOf(
    { type: role.type, effect: row.effect, rules: row.rules, groups: sorted(row.groups) },
    {
      type: found.Type,
      effect: found.Effect,
      rules: found.MatchedRules.map(({ ImpersonationRuleId }) => ImpersonationRuleId),
      groups: sorted(found.MatchedGroups?.map(({ GroupId }) => GroupId)),
    },
  )
}

/** Compares the users who would lose their access without the rules: all that the role allows. */
export function comparePreview(world: World, role: Role, found: Preview): Difference {
  const allowed = world.users.flatMap(user => {
    const row = reachRow(world, role, canBeNamed(world, user) ? user : undefined)
    return row.effect === 'ALLOW' ? [`${user.id} ${role.type} ${sorted(row.groups)}`] : []
  })
  const lost = found.Lost.map(
    ({ UserId, Before, MatchedGroups = [] }) =>
      `${UserId} ${Before} ${sorted(MatchedGroups.map(({ GroupId }) => GroupId))}`,
  )
  return differenceOf(
    { lost: sorted(allowed), gained: [] },
    { lost: sorted(lost), gained: found.Gained },
  )
}
