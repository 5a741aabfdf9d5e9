/**
 * `ews-gateway audit --history`: asks the history of a running gateway for the totals, which takes less than a second.
 *
 * @module
 */

import type { Config } from '../config/schema.ts'
import { summarizeDecisions } from '../control/contract/history.ts'
import { withDates } from '../control/json-times.ts'
import { type ApiOptions, type Environment, organizationIdOf, sendCall } from './api-call.ts'
import type { TotalRow } from './audit-format.ts'
import { type AuditQuestion, type Compared, DAY_MS, printReport } from './audit-report.ts'
import type { Output } from './users.ts'

const TRUNCATED =
  'The history has more rows than one response. Choose a shorter period, fewer properties, a mailbox, or a principal, or report from the files without --history'

const COMPARED: Compared = {
  mailbox:
    'the address that each user had at the time of the request, the ID of the user, and all names that users have now',
  principal:
    'the ID of each principal, and the names that principals have now. If a principal was deleted or renamed, use its ID',
}

type Answer = Readonly<{ Rows: readonly TotalRow[]; Truncated: boolean }>

/**
 * Reports from the history.
 *
 * @param env - provides the secret, and the access key ID if the options have none
 * @returns the exit code
 * @throws ApiCallError if the gateway doesn't answer, or rejects the call
 */
export async function reportHistory(
  question: AuditQuestion,
  options: ApiOptions,
  env: Environment,
  output: Output,
  config: Config | undefined,
): Promise<number> {
  const input = { OrganizationId: await organizationIdOf(options, config), ...inputOf(question) }
  const target = 'EwsGateway.SummarizeDecisions'
  const answer = await sendCall(options, target, JSON.stringify(input), env, config)
  const { Rows: rows, Truncated } = withDates(summarizeDecisions.output, answer) as Answer
  const problems = Truncated ? [TRUNCATED] : []
  return printReport(question, { rows, problems }, COMPARED, output)
}

function inputOf({ groupBy, since, until, denied, mailbox, principal }: AuditQuestion) {
  const values = { MAILBOX: mailbox, PRINCIPAL: principal, VERDICT: denied ? 'DENY' : undefined }
  return {
    GroupBy: groupBy,
    StartTime: since / 1_000,
    EndTime: (until + DAY_MS) / 1_000,
    Filters: Object.entries(values)
      .filter(([, Value]) => Value !== undefined)
      .map(([Property, Value]) => ({ Property, Operator: 'EQUALS', Value })),
  }
}
