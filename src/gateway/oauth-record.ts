/**
 * Values of a token request in progress, and the audit record that is built from the last of them.
 *
 * @module
 */

import type { AssumeRecord } from '../audit/audit.ts'
import type { KeyCaller } from '../credentials/credentials.ts'
import type { Decided } from '../decision/decision.ts'
import { ASSUME_ROLE } from '../model/iam.ts'
import type { RequestContext } from './context.ts'

/** A token request whose client is authenticated. */
export type Client = Readonly<{ context: RequestContext; caller: KeyCaller }>

/** A token request that was read. It names a role, or leaves the choice to the policy of the client. */
export type Requested = Client & Readonly<{ roleReference: string | undefined }>

/** A token request with a decision. */
export type TokenDecided = Requested & Readonly<{ decided: Decided<'token'> }>

/** The value of the last step that a token request has reached. */
export type Reached = Client | Requested | TokenDecided

/** Records the end of a request. @throws Failure `audit-unavailable` */
export async function record(
  reached: Reached,
  verdict: AssumeRecord['verdict'],
  reason?: string,
): Promise<void> {
  const { context, caller } = reached
  const { request, source, decisionId, server } = context
  const { audit, now } = server.ports
  const userAgent = request.headers['user-agent']
  audit.record({
    type: 'assume',
    at: now(),
    decisionId,
    sourceAddress: source.address,
    action: ASSUME_ROLE,
    verdict,
    ...(userAgent !== undefined && { userAgent }),
    organizationId: caller.principal.organizationId,
    principalId: caller.principal.id,
    accessKeyId: caller.credential.key.id,
    ...roleIn(reached),
    ...('decided' in reached && { policyVersion: reached.decided.basis.policyVersion }),
    ...(reason !== undefined && { reason }),
  })
  await audit.written()
}

/** Returns the role of the decision. Without one, `roleId` is the ID or name that the client requested, if any. */
function roleIn(reached: Reached): Pick<AssumeRecord, 'roleId' | 'roleName' | 'roleType'> {
  if ('decided' in reached && reached.decided.role !== undefined) {
    const { id, name, type } = reached.decided.role
    return { roleId: id, roleName: name, roleType: type }
  }
  if (!('roleReference' in reached) || reached.roleReference === undefined) return {}
  return { roleId: reached.roleReference }
}
