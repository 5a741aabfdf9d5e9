/**
 * Faults of a gateway itself, made in a running one.
 *
 * @module
 */

import { once } from 'node:events'
import { connect } from 'node:net'
import { mock } from 'node:test'
import type { Test } from 'tap'
import { CookieSeal } from '../../src/gateway/cookies.ts'
import { diskBelow } from '../kit/full-disk.ts'
import {
  type Auth,
  type GatewayTestServer,
  type GatewayTestServerOptions,
  READ_ONLY,
  type RoleSeed,
} from '../kit/gateway-test-server.ts'
import { until } from '../kit/wire.ts'
import type { GATEWAY_CASES } from './failure-cases.ts'
import type { Act } from './failure-trials.ts'
import { outcomesOf } from './failure-trials.ts'
import { headOf, metricOf } from './traces.ts'

const OTHER: RoleSeed = { name: 'other', type: 'READ_ONLY', allow: 'all' }

/** Requests of one principal at a time. All of two principals hold all memory. */
const MAX_IN_FLIGHT = 22
/** Length of an announced body, of which the gateway reserves twice the bytes. */
const SMALL_BYTES = 1_000
const LARGE_BYTES = 262_144

/** A gateway in which the faults can be made. */
export const FAULTY_OPTIONS = {
  roles: [OTHER],
  config: {
    log: { level: 'info' },
    // The data listener has eleven sixteenths of these: exactly what the requests hold.
    limits: { memoryBytes: 33_554_432, inFlightPerPrincipal: MAX_IN_FLIGHT },
  },
} as const satisfies GatewayTestServerOptions

/** Returns what makes each fault happen. */
export const gatewayFaults = (
  t: Test,
  server: GatewayTestServer,
): Readonly<Record<(typeof GATEWAY_CASES)[number]['fault'], Act>> => {
  const disk = diskBelow(t, server.auditFolder)
  return {
    'the disk of the audit is full': {
      begin: () => disk.fill(),
      end: () => disk.empty(),
      isUnrecorded: true,
    },
    'other requests hold all memory': held(server, [
      { auth: server.client(READ_ONLY.name).key, from: '127.0.0.2', bytes: LARGE_BYTES },
      { auth: server.client(OTHER.name).key, from: '127.0.0.3', bytes: LARGE_BYTES },
    ]),
    'the principal has too many requests': held(server, [
      { auth: 'full', from: '127.0.0.2', bytes: SMALL_BYTES },
    ]),
    'a step throws': {
      begin: () => {
        const planted = () => {
          throw new TypeError('Planted')
        }
        mock.method(CookieSeal.prototype, 'unseal', planted)
      },
      end: () => mock.restoreAll(),
    },
  }
}

type Holder = Readonly<{ auth: Auth; from: string; bytes: number }>

/** Requests that announce a body, and never send it. */
function held(server: GatewayTestServer, holders: readonly Holder[]): Act {
  const heldBytes = () => metricOf(server, 'ews_gateway_held_bytes{listener="data"}')
  const expected = holders.reduce((sum, { bytes }) => sum + 2 * MAX_IN_FLIGHT * bytes, 0)
  const all = new AbortController()
  return {
    begin: async () => {
      await Promise.all(holders.map(holder => holdAll(server, holder, all.signal)))
      await until('the requests hold their bytes', async () => (await heldBytes()) === expected)
    },
    end: async () => {
      const known = outcomesOf(server).length
      all.abort()
      const count = MAX_IN_FLIGHT * holders.length
      await until('the requests have ended', () => outcomesOf(server).length === known + count)
    },
  }
}

async function holdAll(
  server: GatewayTestServer,
  { auth, from, bytes }: Holder,
  signal: AbortSignal,
) {
  const head = headOf(server, [`Content-Length: ${bytes}`], server.authorization(auth))
  const { dataPort: port } = server.gateway
  const sockets = Array.from({ length: MAX_IN_FLIGHT }, () =>
    connect({ port, host: '127.0.0.1', localAddress: from }).on('error', () => undefined),
  )
  signal.addEventListener('abort', () => {
    for (const socket of sockets) socket.destroy()
  })
  await Promise.all(sockets.map(socket => once(socket, 'connect')))
  for (const socket of sockets) socket.write(head)
}
