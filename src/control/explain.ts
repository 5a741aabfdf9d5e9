/**
 * The action that explains a decision: what the data plane would decide now, with every check and every
 * rule.
 *
 * @module
 */

import { explain } from '../decision/explain.ts'
import { loadAndDecide } from '../decision/load.ts'
import { type Action, action } from './action.ts'
import { draftShape, readDraft } from './draft.ts'
import { bodyShape, namedIn, readOperation, requestIn } from './explained-request.ts'
import { explanationOnWire } from './explanation.ts'
import { guardOnWire } from './guard.ts'
import { readOneState } from './policy-snapshot.ts'
import {
  addressShape,
  entityIdentifierShape,
  flag,
  ipAddressShape,
  operationShape,
  organizationIdShape,
  principalIdShape,
  roleIdShape,
  structure,
} from './shapes.ts'

const explainDecision = action({
  service: 'EwsGateway',
  name: 'ExplainDecision',
  summary:
    'Explains what the gateway would decide, on one state of the store: Verdict, Reason and the check that it EndedBy, the Outcome of each check as if all others passed, and every rule with whether it Matched, and the groups by which it knows the user: MatchedGroups are among its TargetGroups, ExceptedGroups among its NotTargetGroups. Without TargetUser the request has no ExchangeImpersonation. CallerPolicy is NOT_MADE without PrincipalId, and Body without RequestBody. The upstream is never asked: UNKNOWN is what only it could tell.',
  audited: undefined,
  input: structure({
    OrganizationId: organizationIdShape,
    ImpersonationRoleId: roleIdShape.exactOptional(),
    Draft: draftShape.exactOptional(),
    PrincipalId: principalIdShape
      .exactOptional()
      .meta({ description: 'The caller, whose policy is evaluated.' }),
    TargetUser: entityIdentifierShape.exactOptional(),
    UserNameMailbox: addressShape
      .exactOptional()
      .meta({ description: 'The address that the user name of the client contains.' }),
    Operation: operationShape
      .exactOptional()
      .meta({ description: 'Required, unless RequestBody contains it.' }),
    RequestBody: bodyShape.exactOptional().meta({
      description:
        'The whole request, which contains the operation and the user: Operation and TargetUser must be left out.',
    }),
    SourceAddress: ipAddressShape,
    SecureTransport: flag()
      .exactOptional()
      .meta({ description: 'Whether the request comes over TLS. Left out: true.' }),
  }),
  run: async (call, input) => {
    const operation = readOperation(call, input)
    const tryDraft = await readDraft(call, input.ImpersonationRoleId, input.Draft)
    const { role, ...explained } = await readOneState(call, async data => {
      const { after } = await tryDraft(data)
      const request = await requestIn(data, call, { ...input, operation, roleId: after.id })
      const explanation = await loadAndDecide(data, () => explain(request, data))
      return { role: after, explanation, named: await namedIn(data, request) }
    })
    return { ...(await explanationOnWire(call, explained)), Guard: guardOnWire(role.guard) }
  },
})

export const EXPLAIN_ACTIONS: readonly Action[] = [explainDecision]
