/**
 * Actions that read decisions, individually or as hourly totals.
 *
 * @module
 */

import type { Audit } from '../audit/audit.ts'
import type { ListedDecision, SummaryProperty, SummaryRow } from '../history/history.ts'
import { accessControlName, NO_RULE } from '../model/deciding-rule.ts'
import { type Action, action, type Call } from './action.ts'
import * as contract from './contract/history.ts'
import { ApiError } from './errors.ts'
import { askHistory, definedMembers, filtersOf, principalNames, spanOf } from './history.ts'
import { cut, FOREIGN_TOKEN, pageOf } from './paging.ts'
import { invalid } from './problems.ts'
import { upper } from './wire.ts'

const DECISIONS = 'Decisions'

const listDecisions = action(contract.listDecisions, async (call, { Filters = [], ...input }) => {
  const { after: before, limit } = decisionsPage(DECISIONS, input)
  const query = {
    organizationId: call.organization.id,
    ...spanOf(input),
    filters: await filtersOf(call, Filters),
    limit: limit + 1,
    ...(before !== undefined && { before }),
  }
  const found = await askHistory(call, history => history.decisions(query))
  const names = await principalNames(call)
  const { entries, ...next } = cut(DECISIONS, found, limit, ({ decisionId }) => decisionId)
  return { Decisions: entries.map(decision => shownOf(decision, names)), ...next }
})

const getDecision = action(contract.getDecision, async (call, { DecisionId }) => {
  const found = await askHistory(call, history =>
    history.decision(call.organization.id, DecisionId),
  )
  if (!found)
    throw new ApiError(
      'EntityNotFoundException',
      `The history has no decision ${DecisionId}. Its retention can be over; the audit journal has every record`,
    )
  const { record, outcome, inJournal } = found
  const whole = inJournal && (await recordAt(call, inJournal.place, DecisionId))
  return {
    Record: (whole ?? record) as contract.RecordMembers,
    ...(outcome && { Outcome: outcome as contract.OutcomeMembers }),
    ...(inJournal && { JournalRecord: inJournal.recordId }),
  }
})

type JournalPlace = Parameters<Audit['lineAt']>[0]

/**
 * Returns the record at a position in this gateway's journal; undefined if it is not the record of this decision,
 * or missing.
 */
async function recordAt({ ports }: Call, place: JournalPlace, decisionId: string) {
  const line = await ports.audit.lineAt(place)
  const { previous: _, ...record } = line === undefined ? {} : parsed(line)
  return record.decisionId === decisionId ? record : undefined
}

/** Returns the members of a line. A line that another program has changed counts as no record. */
function parsed(line: string) {
  try {
    return JSON.parse(line)
  } catch {
    return {}
  }
}

const summarizeDecisions = action(
  contract.summarizeDecisions,
  async (call, { GroupBy, Filters = [], MaxResults: limit = contract.ROWS, ...input }) => {
    const query = {
      organizationId: call.organization.id,
      ...spanOf(input),
      groupBy: GroupBy.map(property => property.toLowerCase() as SummaryProperty),
      filters: await filtersOf(call, Filters),
      limit: limit + 1,
    }
    const rows = await askHistory(call, history => history.summary(query))
    const names = GroupBy.includes('PRINCIPAL') ? await principalNames(call) : new Map()
    return {
      Rows: rows.slice(0, limit).map(row => totalOnWire(row, names)),
      Truncated: rows.length > limit,
    }
  },
)

export const DECISION_ACTIONS: readonly Action[] = [listDecisions, getDecision, summarizeDecisions]

/**
 * Returns the page of a list of decisions.
 *
 * @throws ApiError InvalidParameterException if the token belongs to another list
 */
export function decisionsPage(list: string, input: Parameters<typeof pageOf>[1]) {
  const page = pageOf(list, input)
  if (page.after !== undefined && !contract.isDecisionId(page.after)) throw invalid(FOREIGN_TOKEN)
  return page
}

function shownOf(decision: ListedDecision, names: ReadonlyMap<string, string>) {
  const { decisionId, at, verdict, mailbox, asked, sourceAddress, items, bytes } = decision
  return {
    DecisionId: decisionId,
    Time: at / 1_000,
    Verdict: upper(verdict),
    ...ruleOf(decision.rule, decision.ruleName),
    ...definedMembers({
      Reason: decision.reason,
      Outcome: decision.outcome || undefined,
      Cause: decision.cause || undefined,
      Status: decision.status,
      ResponseCode: decision.responseCode,
      RoleId: decision.roleId,
      RoleName: decision.roleName,
      PrincipalId: decision.principalId,
      PrincipalName: names.get(decision.principalId),
      UserId: decision.userId,
      Mailbox: mailbox === '' ? asked : mailbox,
      Operation: decision.operation,
      SourceAddress: sourceAddress,
    }),
    Items: items,
    Bytes: bytes,
  }
}

/** Returns the members of the rule that decided. */
function ruleOf(rule: string, ruleName = '') {
  if (rule === NO_RULE) return { RuleType: 'NONE' } as const
  const name = accessControlName(rule)
  if (name !== undefined) return { RuleType: 'ACCESS_CONTROL', RuleId: name } as const
  const named = ruleName === '' ? {} : { RuleName: ruleName }
  return { RuleType: 'IMPERSONATION', RuleId: rule, ...named } as const
}

/** Returns a row of totals for a response. @param names - names of principals by their IDs */
export function totalOnWire(row: SummaryRow, names: ReadonlyMap<string, string>) {
  const { day, hour, verdict, principalId } = row
  return {
    ...definedMembers({
      Day: day === undefined ? undefined : day / 1_000,
      Hour: hour === undefined ? undefined : hour / 1_000,
      RoleId: row.roleId,
      RoleName: row.roleName,
      PrincipalId: principalId,
      PrincipalName: principalId === undefined ? undefined : names.get(principalId),
      UserId: row.userId,
      Mailbox: row.mailbox,
      Operation: row.operation,
      Verdict: verdict && upper(verdict),
      Reason: row.reason,
      Outcome: row.outcome || undefined,
      Cause: row.cause || undefined,
    }),
    ...(row.rule !== undefined && ruleOf(row.rule, row.ruleName)),
    Requests: row.requests,
    Items: row.items,
    Bytes: row.bytes,
    LastUsed: row.lastAt / 1_000,
  }
}
