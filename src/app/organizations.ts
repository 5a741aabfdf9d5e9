/**
 * The organizations of the configuration, each with its upstream.
 *
 * @module
 */

import type { Config, OrganizationConfig } from '../config/schema.ts'
import type { ServedOrganization } from '../gateway/ports.ts'
import { type Organization, type OrganizationId, organizationId } from '../model/identity.ts'
import { SERVER_KINDS } from '../model/server-kind.ts'
import type { Upstream } from '../upstream/upstream.ts'

export function organizationsOf(
  { organizations, limits }: Config,
  open: (organization: Organization, upstream: OrganizationConfig['upstream']) => Upstream,
): ReadonlyMap<OrganizationId, ServedOrganization> {
  return new Map(
    organizations.map(
      ({ id, alias, upstream, neutralMailbox, acceptedDomains, opaqueIds, maxDays }) => {
        const organization = {
          id: organizationId(id),
          alias,
          serviceAddresses: upstream.serviceAddresses,
          opaqueIds: SERVER_KINDS[upstream.kind].tellsMailboxes ? ('states' as const) : opaqueIds,
          maxDays,
          enforcesSendAs: upstream.enforcesSendAs,
          kind: upstream.kind,
          bodyBytes: limits.bodyBytes ?? SERVER_KINDS[upstream.kind].bodyBytes,
          ...(neutralMailbox !== undefined && { neutralMailbox }),
          ...(acceptedDomains !== undefined && { acceptedDomains }),
        }
        return [organization.id, { organization, upstream: open(organization, upstream) }]
      },
    ),
  )
}
