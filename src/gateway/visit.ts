/**
 * One request on its way through the gateway.
 *
 * @module
 */

import { randomUUIDv7 } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Reservation } from '../http/byte-budget.ts'
import type { Drain } from '../http/drain.ts'
import { IncomingBody } from '../http/incoming-body.ts'
import type { Pace } from '../http/pace.ts'
import type { Passed } from '../http/passed.ts'
import type { Source } from '../http/source.ts'
import type { InFlight } from './in-flight.ts'
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
  body: IncomingBody
  /** Bytes that the gateway keeps for this request. */
  reservation: Reservation
  source: Source
  trail: Trail
  reply: Reply
  house: House
  /** Whether the client waits for 100 before it sends its body. */
  expectsContinue: boolean
}>

/** Call it in the turn in which the request arrived. */
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
  const reservation = house.ports.budget.open(source.address)
  const { bodyIdleMs } = house.ports.settings.timeouts
  const body = new IncomingBody(request, bodyIdleMs, reservation, house)
  return { request, response, body, reservation, source, trail, reply, house, expectsContinue }
}
