/**
 * Action that reads the history of changes, issued tokens, and denied calls.
 *
 * @module
 */

import type { ListedChange } from '../history/history.ts'
import type { ChangeCounts } from '../model/changed-object.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/history.ts'
import { decisionsPage } from './decisions.ts'
import { askHistory, definedMembers, filtersOf, principalNames, spanOf } from './history.ts'
import { cut } from './paging.ts'
import { upper } from './wire.ts'

const CHANGES = 'Changes'

const listChanges = action(contract.listChanges, async (call, { Filters = [], ...input }) => {
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
})

export const CHANGE_ACTIONS: readonly Action[] = [listChanges]

function shownOf(change: ListedChange, names: ReadonlyMap<string, string>) {
  const { decisionId, at, action, verdict, principalId, object, record } = change
  const { before, after, count, issuer, subject, displayName, parts } =
    record === undefined ? {} : JSON.parse(record)
  // The states of a change with several records are not whole in the first one. Those of an import can be many users, and a
  // list says how many.
  const isShown = parts === undefined && object?.counts === undefined
  return {
    DecisionId: decisionId,
    Time: at / 1_000,
    Action: action,
    Verdict: upper(verdict),
    ...definedMembers({
      Reason: change.reason,
      PrincipalId: principalId,
      PrincipalName: names.get(principalId) ?? displayName,
      Issuer: issuer,
      Subject: subject,
      RoleId: change.roleId,
      ObjectType: object?.type,
      ObjectId: object?.id,
      ObjectName: object?.name,
      SourceAddress: change.sourceAddress,
    }),
    ...(object?.counts && { Counts: countsOnWire(object.counts) }),
    ...(object?.dryRun && { DryRun: true }),
    ...(count !== undefined && { Count: count }),
    ...(isShown && before !== undefined && { Before: before }),
    ...(isShown && after !== undefined && { After: after }),
  }
}

const countsOnWire = ({ created, updated, deleted, groups }: ChangeCounts) => ({
  Created: created,
  Updated: updated,
  Deleted: deleted,
  ...(groups && {
    GroupsCreated: groups.created,
    GroupsUpdated: groups.updated,
    GroupsDeleted: groups.deleted,
  }),
})
