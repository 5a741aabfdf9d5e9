/**
 * Reads as much of a request as is needed before anything is forwarded.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { EnvelopeReader } from '../ews/reader.ts'
import { GatheredBody } from '../http/gathered-body.ts'
import type { IncomingBody } from '../http/incoming-body.ts'
import type { Prologue } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import { after, type MaybePromise } from '../model/maybe-promise.ts'
import { RESPONSE_BYTES } from './answer.ts'
import type { Authenticated, Read, ServerContext } from './context.ts'

/** Maximum size of a body that the gateway reads completely before it forwards a byte. A larger body is streamed. */
export const SMALL_BODY_BYTES = 262_144

/**
 * Memory of a streamed body: one read of the client's socket, the withheld end, and unsent bytes in the socket to
 * the upstream.
 */
const STREAMED_BYTES = 262_144

/** Maximum time for a buffered body to arrive, in milliseconds. Limited because the body uses memory until then. */
const GATHERING_MS = 5 * 60_000

/** Number of copies of a buffered body in memory: as the client sent it, and as written for the upstream. */
const COPIES = 2

/**
 * Rejects a request that is not EWS by its HTTP headers.
 *
 * @param bodyBytes - maximum size of its body
 * @throws Failure `encoding-refused`, `body-too-large`
 */
export function checkHeaders({ headers }: IncomingMessage, bodyBytes: number): void {
  if (!isXml(headers['content-type'] ?? ''))
    throw new Failure(
      'encoding-refused',
      'Content-Type must be text/xml with charset utf-8 or none.',
    )
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new Failure(
      'encoding-refused',
      `Content-Encoding ${encoding} is not supported. Send the request uncompressed.`,
    )
  if (Number(headers['content-length']) > bodyBytes)
    throw new Failure('body-too-large', `The request exceeds the limit of ${bodyBytes} bytes.`)
}

/**
 * Reads everything before the operation, so that the gateway can deny the request before it reads more.
 *
 * @throws Failure
 */
export function readPrologue(authenticated: Authenticated): MaybePromise<Read> {
  const { body, reservation, server } = authenticated.context
  const { limits } = server.ports.settings
  const whole = body.announced === undefined || body.announced <= SMALL_BODY_BYTES
  const gathered = whole
    ? new GatheredBody(body, { reservation, most: mostGathered(body, server), copies: COPIES })
    : new GatheredBody(body, { reservation, most: limits.bodyBytes, expected: STREAMED_BYTES })
  return after(gathered.next(), (first = NOTHING) => {
    const { caller } = authenticated
    const memory = server.ports.prologues
    const remembered = memory.find(caller.principal.id, first)
    const reader = new EnvelopeReader(limits, remembered)
    reader.write(first.subarray(remembered?.scannerState.offset ?? 0))
    return after(reachOperation(body, gathered, reader), prologue => {
      if (reader.remembered) memory.add(caller.principal.id, first, reader.remembered)
      return { ...authenticated, reader, prologue, gathered, whole }
    })
  })
}

const NOTHING = Buffer.alloc(0)

/** Reads up to the start of the operation. */
function reachOperation(
  body: IncomingBody,
  gathered: GatheredBody,
  reader: EnvelopeReader,
): MaybePromise<Prologue> {
  return reader.prologue ?? readToOperation(body, gathered, reader)
}

async function readToOperation(
  body: IncomingBody,
  gathered: GatheredBody,
  reader: EnvelopeReader,
): Promise<Prologue> {
  while (await readOn(body, gathered, reader)) if (reader.prologue) return reader.prologue
  reader.end()
  throw new Failure('envelope-malformed', 'The request has no operation.')
}

/**
 * Returns the maximum size of a buffered body. A body that never fits into the memory budget is "too large",
 * because clients would retry "busy" forever.
 */
function mostGathered({ announced }: IncomingBody, { ports }: ServerContext): number {
  const { settings, budget } = ports
  if (announced !== undefined) return SMALL_BODY_BYTES
  const fitting = Math.floor((budget.share - RESPONSE_BYTES) / COPIES)
  return Math.min(settings.limits.gatheredBytes, fitting)
}

/** Whether more of the operation must be read before the body can be evaluated. */
export const isToBeGathered = ({ context, reader, whole }: Read): boolean =>
  whole && !context.body.complete && reader.operationEnd === undefined

/**
 * Reads a small body to its end, and requires that it is complete. Requires the same of a larger body that has
 * already arrived.
 *
 * @throws Failure
 */
export function readWhole(read: Read): MaybePromise<void> {
  const { context, reader, whole } = read
  if (context.body.complete) reader.end()
  else if (whole) return readRest(read)
}

async function readRest({ context, reader, gathered }: Read): Promise<void> {
  context.body.expectWithin(GATHERING_MS)
  while (await readOn(context.body, gathered, reader));
  reader.end()
}

/** Reads one more chunk. @returns false at the end */
async function readOn(
  body: IncomingBody,
  gathered: GatheredBody,
  reader: EnvelopeReader,
): Promise<boolean> {
  const chunk = body.complete ? undefined : await gathered.next()
  if (chunk === undefined) return false
  reader.write(chunk)
  return true
}

/** The header as nearly all clients write it. Checked first, because it is faster than parsing. */
const USUAL_XML = 'text/xml; charset=utf-8'

const isXml = (type: string) =>
  type === USUAL_XML || /^text\/xml\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?$/i.test(type)
