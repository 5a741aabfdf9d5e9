/**
 * Action that explains a decision: returns what the data plane would decide now, with every check and rule.
 *
 * @module
 */

import { explain } from '../decision/explain.ts'
import { loadAndDecide } from '../decision/load.ts'
import { type Action, action } from './action.ts'
import * as contract from './contract/role-tests.ts'
import { readDraft } from './draft.ts'
import { namedIn, readOperation, requestIn } from './explained-request.ts'
import { explanationOnWire, shadowOnWire } from './explanation.ts'
import { readOneState } from './policy-snapshot.ts'
import { partsOnWire } from './role-parts.ts'

const explainDecision = action(contract.explainDecision, async (call, input) => {
  const operation = readOperation(call, input)
  const tryDraft = await readDraft(call, input.ImpersonationRoleId, input.Draft)
  const { role, ...explained } = await readOneState(call, async data => {
    const { after } = await tryDraft(data)
    const request = await requestIn(data, call, { ...input, operation, roleId: after.id })
    const explanation = await loadAndDecide(data, () => explain(request, data))
    return { role: after, explanation, named: await namedIn(data, request) }
  })
  const { Guard, Profile } = partsOnWire(role)
  return {
    ...(await explanationOnWire(call, explained)),
    Guard,
    Profile,
    ...shadowOnWire(explained.explanation.decided),
  }
})

export const EXPLAIN_ACTIONS: readonly Action[] = [explainDecision]
