/**
 * Action that lists the gateways that share this one's store.
 *
 * @module
 */

import { type Action, action } from './action.ts'
import * as contract from './contract/organization.ts'

const listGateways = action(contract.listGateways, async ({ ports }) => {
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
})

export const GATEWAY_ACTIONS: readonly Action[] = [listGateways]
