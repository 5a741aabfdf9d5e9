/**
 * One request on its way through the gateway.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Source } from '../http/source.ts'
import type { Drain } from './drain.ts'
import type { InFlight } from './in-flight.ts'
import type { Pace } from './pace.ts'
import type { Passed } from './passed.ts'
import type { GatewayPorts } from './ports.ts'
import { Reply } from './reply.ts'
import type { Reviews } from './reviews.ts'
import type { Streams } from './streams.ts'
import { Trail } from './trail.ts'

/** What all requests of a server share besides its ports. */
export type House = Readonly<{
  ports: GatewayPorts
  drain: Drain
  inFlight: InFlight
  inFlightInRole: InFlight
  streams: Streams
  reviews: Reviews
  passed: Passed
  pace: Pace
}>

export type Visit = Readonly<{
  request: IncomingMessage
  response: ServerResponse
  source: Source
  trail: Trail
  reply: Reply
  house: House
  /** Whether the client waits for 100 before it sends its body. */
  expectsContinue: boolean
}>

export function beginVisit(
  house: House,
  request: IncomingMessage,
  response: ServerResponse,
  source: Source,
  expectsContinue: boolean,
): Visit {
  const decisionId = randomUUIDv7()
  const userAgent = request.headers['user-agent']
  const trail = new Trail(house.ports, { decisionId, sourceAddress: source.address, userAgent })
  const reply = new Reply(response, decisionId)
  return { request, response, source, trail, reply, house, expectsContinue }
}
