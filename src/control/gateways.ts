/**
 * The action that tells which gateways there are: those that share this one's store.
 *
 * @module
 */

import { type Action, action } from './action.ts'
import { organizationIdShape, structure } from './shapes.ts'

const listGateways = action({
  service: 'EwsGateway',
  name: 'ListGateways',
  summary:
    'Lists the gateways that have left a sign of life in the store within a day, every ten seconds while they run; the latest start first.',
  audited: undefined,
  input: structure({ OrganizationId: organizationIdShape }),
  run: async ({ ports }) => {
    const gateways = await ports.store.gateways()
    return {
      Gateways: gateways.map(({ id, host, version, startedAt, seenAt }) => ({
        GatewayId: id,
        Host: host,
        Version: version,
        DateStarted: startedAt / 1_000,
        DateSeen: seenAt / 1_000,
      })),
    }
  },
})

export const GATEWAY_ACTIONS: readonly Action[] = [listGateways]
