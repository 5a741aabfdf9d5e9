/**
 * Result of a test: the verdict, the reason, and the result of every check and rule.
 *
 * @module
 */

import Alert from '@cloudscape-design/components/alert'
import Badge from '@cloudscape-design/components/badge'
import Box from '@cloudscape-design/components/box'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import SpaceBetween from '@cloudscape-design/components/space-between'
import StatusIndicator from '@cloudscape-design/components/status-indicator'
import Table from '@cloudscape-design/components/table'
import type { Explanation } from '../api/roles.ts'
import { SHADOW_OUTCOMES, SHADOW_STATUS, whyInWords } from './shadow-words.ts'
import { CHECK_RESULTS, CHECKS, EFFECTS, reasonInWords, VERDICTS } from './words.ts'

type Props = { answer: Explanation; operation: string }

export function Verdict({ answer, operation }: Props) {
  const { Email } = answer.Target
  return (
    <SpaceBetween size="m">
      <Alert
        type={VERDICT_STATUS[answer.Verdict]}
        header={`${VERDICTS[answer.Verdict]}: ${operation} as ${Email ?? 'this user'}`}
      >
        {meaningOf(answer)}
      </Alert>
      {answer.Shadow && <ShadowVerdict shadow={answer.Shadow} />}
      <Rules answer={answer} />
      <ExpandableSection headerText="All checks" variant="footer">
        <ul className="plain">
          {answer.Checks.map(({ Name, Outcome, Reason }) => (
            <li key={Name}>
              <StatusIndicator type={CHECK_STATUS[Outcome]}>
                {CHECKS[Name]}: {CHECK_RESULTS[Outcome]}
                {Reason !== undefined && ` (${Reason})`}
              </StatusIndicator>
            </li>
          ))}
        </ul>
        {answer.AccessControlRules.map(({ Name, Effect, Matched }) => (
          <Box key={Name} variant="small" display="block">
            Access control rule {Name} ({EFFECTS[Effect]}): {Matched ? 'matches' : "doesn't match"}
          </Box>
        ))}
      </ExpandableSection>
    </SpaceBetween>
  )
}

/** Says what the draft that is attached to the role would decide. */
const ShadowVerdict = ({ shadow }: { shadow: NonNullable<Explanation['Shadow']> }) => (
  <Box>
    <StatusIndicator type={SHADOW_STATUS[shadow.Outcome]}>
      With the draft of the role: {SHADOW_OUTCOMES[shadow.Outcome]}
    </StatusIndicator>
    <div>{whyInWords(shadow)}</div>
  </Box>
)

const VERDICT_STATUS = { ALLOW: 'success', DENY: 'error', UNKNOWN: 'info' } as const
const CHECK_STATUS = {
  PASS: 'success',
  REFUSE: 'error',
  NOT_MADE: 'pending',
  UNKNOWN: 'info',
} as const

function meaningOf({ Verdict, Reason, Target: { Why }, Checks }: Explanation): string {
  if (Verdict === 'DENY') return `${reasonInWords(Reason)}${Why === undefined ? '' : ` ${Why}.`}`
  if (Verdict === 'UNKNOWN')
    return "No check denies this request, but the result depends on the server's response, which a test doesn't request."
  const isWhole = Checks.some(({ Name, Outcome }) => Name === 'Body' && Outcome === 'PASS')
  return isWhole
    ? 'The gateway would forward this request.'
    : 'The gateway would forward this request if the guard of the role permits what its body names and does.'
}

/** Returns the groups through which a rule matches or excludes the user. */
const groupsInWords = (groups: readonly { GroupId: string; Name?: string }[] = []) =>
  groups.length === 0 ? '' : `, by ${groups.map(({ Name, GroupId }) => Name ?? GroupId).join(', ')}`

function Rules({ answer }: { answer: Explanation }) {
  const decisive = new Set(answer.MatchedRules)
  return (
    <Table
      variant="embedded"
      items={answer.ImpersonationRules}
      trackBy="ImpersonationRuleId"
      header={<Box variant="h3">Rules of the role</Box>}
      empty="The role has no rules, so all requests are denied."
      columnDefinitions={[
        {
          id: 'rule',
          header: 'Rule',
          isRowHeader: true,
          cell: ({ Name, ImpersonationRuleId }) => Name ?? ImpersonationRuleId,
        },
        {
          id: 'effect',
          header: 'Effect',
          cell: ({ Effect }) => (
            <Badge color={Effect === 'ALLOW' ? 'green' : 'red'}>{EFFECTS[Effect]}</Badge>
          ),
        },
        {
          id: 'match',
          header: 'Match',
          cell: ({ Matched, MatchedGroups, ExceptedGroups }) =>
            `${Matched ? 'Matches' : "Doesn't match"}${groupsInWords(MatchedGroups ?? ExceptedGroups)}`,
        },
        {
          id: 'decides',
          header: 'Deciding rule',
          cell: ({ ImpersonationRuleId }) => (decisive.has(ImpersonationRuleId) ? 'Yes' : ''),
        },
      ]}
    />
  )
}
