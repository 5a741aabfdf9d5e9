/**
 * The actions that read decisions: one by one, and summed by the hour.
 *
 * @module
 */

import type { ListedDecision, SummaryProperty, SummaryRow } from '../history/history.ts'
import { type Action, action } from './action.ts'
import { ApiError } from './errors.ts'
import {
  askHistory,
  DECISION_PROPERTIES,
  decisionIdShape,
  filtersOf,
  filtersShape,
  isDecisionId,
  known,
  principalNames,
  spanOf,
  timesShape,
} from './history.ts'
import { cut, pageOf } from './paging.ts'
import { invalid, mustBe } from './problems.ts'
import {
  list,
  maxResultsShape,
  nextTokenShape,
  organizationIdShape,
  structure,
  words,
} from './shapes.ts'

const service = 'EwsGateway'
const DECISIONS = 'Decisions'

/** Rows of a summary. */
const ROWS = 10_000

const filters = filtersShape(DECISION_PROPERTIES).exactOptional()

const listDecisions = action({
  service,
  name: 'ListDecisions',
  summary:
    'Lists decisions on requests, newest first, 100 at a time where MaxResults says nothing else: refusals and failures for audit.history.refusals, allowed requests for audit.history.allowed.',
  audited: undefined,
  input: structure({
    OrganizationId: organizationIdShape,
    ...timesShape,
    Filters: filters,
    NextToken: nextTokenShape.exactOptional(),
    MaxResults: maxResultsShape.exactOptional(),
  }),
  run: async (call, { Filters = [], ...input }) => {
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
  },
})

const getDecision = action({
  service,
  name: 'GetDecision',
  summary:
    'Gives the records of a decision or change as the audit file has them: Record and, once a request has ended, Outcome.',
  audited: undefined,
  input: structure({ OrganizationId: organizationIdShape, DecisionId: decisionIdShape }),
  run: async (call, { DecisionId }) => {
    const found = await askHistory(call, history =>
      history.decision(call.organization.id, DecisionId),
    )
    if (!found) throw new ApiError('EntityNotFoundException', `No decision ${DecisionId} is kept`)
    const { record, outcome } = found
    return {
      Record: JSON.parse(record),
      ...(outcome !== undefined && { Outcome: JSON.parse(outcome) }),
    }
  },
})

const summarizeDecisions = action({
  service,
  name: 'SummarizeDecisions',
  summary: `Sums requests, items and bytes from whole hours, by what GroupBy names: by hour, or most requests first. ${ROWS.toLocaleString('en')} rows at most; Truncated says whether there are more.`,
  audited: undefined,
  input: structure({
    OrganizationId: organizationIdShape,
    ...timesShape,
    GroupBy: list(words(['HOUR', ...DECISION_PROPERTIES]), 'properties').refine(
      properties => new Set(properties).size === properties.length,
      mustBe('a list of different properties'),
    ),
    Filters: filters,
  }),
  run: async (call, { GroupBy, Filters = [], ...input }) => {
    const query = {
      organizationId: call.organization.id,
      ...spanOf(input),
      groupBy: GroupBy.map(property => property.toLowerCase() as SummaryProperty),
      filters: await filtersOf(call, Filters),
      limit: ROWS + 1,
    }
    const rows = await askHistory(call, history => history.summary(query))
    const names = GroupBy.includes('PRINCIPAL') ? await principalNames(call) : new Map()
    return {
      Rows: rows.slice(0, ROWS).map(row => summed(row, names)),
      Truncated: rows.length > ROWS,
    }
  },
})

export const DECISION_ACTIONS: readonly Action[] = [listDecisions, getDecision, summarizeDecisions]

/** @throws ApiError InvalidParameterException where the token is none of the list's */
export function decisionsPage(list: string, input: Parameters<typeof pageOf>[1]) {
  const page = pageOf(list, input)
  if (page.after !== undefined && !isDecisionId(page.after))
    throw invalid('NextToken must be what an answer of this operation gave')
  return page
}

function shownOf(decision: ListedDecision, names: ReadonlyMap<string, string>) {
  const { decisionId, at, verdict, mailbox, asked, sourceAddress, items, bytes } = decision
  return {
    DecisionId: decisionId,
    Time: at / 1_000,
    Verdict: verdict.toUpperCase(),
    ...known({
      Reason: decision.reason,
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

function summed(row: SummaryRow, names: ReadonlyMap<string, string>) {
  const { hour, verdict, principalId } = row
  return {
    ...known({
      Hour: hour === undefined ? undefined : hour / 1_000,
      RoleId: row.roleId,
      RoleName: row.roleName,
      PrincipalId: principalId,
      PrincipalName: principalId === undefined ? undefined : names.get(principalId),
      UserId: row.userId,
      Mailbox: row.mailbox,
      Operation: row.operation,
      Verdict: verdict?.toUpperCase(),
      Reason: row.reason,
    }),
    Requests: row.requests,
    Items: row.items,
    Bytes: row.bytes,
    LastUsed: row.lastAt / 1_000,
  }
}
