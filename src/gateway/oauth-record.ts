/**
 * Values that a request for a token reaches, and the record that is built from the last of them.
 *
 * @module
 */

import type { AssumeRecord } from '../audit/audit.ts'
import type { Caller } from '../credentials/credentials.ts'
import type { Decided } from '../decision/decision.ts'
import { ASSUME_ROLE } from '../model/iam.ts'
import type { RequestContext } from './context.ts'

/** A request whose client is authenticated. */
export type Client = Readonly<{ context: RequestContext; caller: Caller }>

/** A request that names a role, or leaves it to the policy of the client. */
export type Requested = Client & Readonly<{ roleReference: string | undefined }>

/** A request on which the decision has been made. */
export type TokenDecided = Requested & Readonly<{ decided: Decided<'token'> }>

/** The last value that a request reached; its record is built from it. */
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
    accessKeyId: caller.key.id,
    ...roleIn(reached),
    ...('decided' in reached && { policyVersion: reached.decided.basis.policyVersion }),
    ...(reason !== undefined && { reason }),
  })
  await audit.written()
}

/** Returns the role, or the name by which it was requested, whether there is one or not. */
function roleIn(reached: Reached): Pick<AssumeRecord, 'roleId' | 'roleName' | 'roleType'> {
  if ('decided' in reached && reached.decided.role !== undefined) {
    const { id, name, type } = reached.decided.role
    return { roleId: id, roleName: name, roleType: type }
  }
  if (!('roleReference' in reached) || reached.roleReference === undefined) return {}
  return { roleId: reached.roleReference }
}
