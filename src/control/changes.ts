/**
 * The action that reads what was changed, which tokens were issued, and which calls were denied.
 *
 * @module
 */

import type { ListedChange } from '../history/history.ts'
import { type Action, action } from './action.ts'
import { decisionsPage } from './decisions.ts'
import {
  askHistory,
  filtersOf,
  filtersShape,
  known,
  principalNames,
  spanOf,
  timesShape,
} from './history.ts'
import { cut } from './paging.ts'
import { maxResultsShape, nextTokenShape, organizationIdShape, structure } from './shapes.ts'

const CHANGES = 'Changes'

const listChanges = action({
  service: 'EwsGateway',
  name: 'ListChanges',
  summary:
    'Lists changes and issued tokens, made and refused, and denied calls of all other actions, newest first, 100 at a time where MaxResults says nothing else. Count is the number of denied calls that an entry stands for. Before and After are left out where they are long: GetDecision has them.',
  audited: undefined,
  input: structure({
    OrganizationId: organizationIdShape,
    ...timesShape,
    Filters: filtersShape(['ACTION', 'ROLE', 'PRINCIPAL', 'VERDICT', 'REASON']).exactOptional(),
    NextToken: nextTokenShape.exactOptional(),
    MaxResults: maxResultsShape.exactOptional(),
  }),
  run: async (call, { Filters = [], ...input }) => {
    const { after: before, limit } = decisionsPage(CHANGES, input)
    const query = {
      organizationId: call.organization.id,
      ...spanOf(input),
      filters: await filtersOf(call, Filters),
      limit: limit + 1,
      ...(before !== undefined && { before }),
    }
    const found = await askHistory(call, history => history.changes(query))
    const names = await principalNames(call)
    const { entries, ...next } = cut(CHANGES, found, limit, ({ decisionId }) => decisionId)
    return { Changes: entries.map(change => shownOf(change, names)), ...next }
  },
})

export const CHANGE_ACTIONS: readonly Action[] = [listChanges]

function shownOf(change: ListedChange, names: ReadonlyMap<string, string>) {
  const { decisionId, at, action, verdict, principalId, record } = change
  const { before, after, count } = record === undefined ? {} : JSON.parse(record)
  return {
    DecisionId: decisionId,
    Time: at / 1_000,
    Action: action,
    Verdict: verdict.toUpperCase(),
    ...known({
      Reason: change.reason,
      PrincipalId: principalId,
      PrincipalName: names.get(principalId),
      RoleId: change.roleId,
      SourceAddress: change.sourceAddress,
    }),
    ...(count !== undefined && { Count: count }),
    ...(before !== undefined && { Before: before }),
    ...(after !== undefined && { After: after }),
  }
}
