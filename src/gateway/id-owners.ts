/**
 * Finds the owners of the mailboxes that IDs in a request belong to, for the audit.
 *
 * @module
 */

import type { Caller } from '../credentials/credentials.ts'
import type { BodyFacts } from '../model/envelope.ts'
import type { User, UserId } from '../model/identity.ts'
import type { GatewayPorts } from './ports.ts'

type IdOwners = Readonly<{
  /** Owners, without the impersonated user; undefined if there is none. */
  known: readonly UserId[] | undefined
  /** Mailboxes without a known owner; undefined if there is none. */
  unknown: readonly string[] | undefined
}>

/**
 * Returns the owners of the mailboxes that the IDs of a body belong to, as far as the gateway knows them.
 *
 * @param most - maximum number of mailboxes that are looked up
 */
export function ownersOfIds(
  facts: BodyFacts | undefined,
  user: User | undefined,
  caller: Caller | undefined,
  { mailboxOwners }: Pick<GatewayPorts, 'mailboxOwners'>,
  most: number,
): IdOwners | undefined {
  const guids = facts?.mailboxGuids
  if (caller === undefined || guids === undefined || guids.length === 0) return undefined
  const known = new Set<UserId>()
  const unknown: string[] = []
  for (const guid of guids.slice(0, most)) {
    const owner = mailboxOwners.knownOwner(caller.principal.organizationId, guid)
    if (owner === undefined) unknown.push(guid)
    else if (owner !== user?.id) known.add(owner)
  }
  return {
    known: known.size > 0 ? [...known] : undefined,
    unknown: unknown.length > 0 ? unknown : undefined,
  }
}
