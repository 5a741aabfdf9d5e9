/**
 * Reads a request as far as it must be known before anything is sent on.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import type { Prologue } from '../model/envelope.ts'
import { Failure } from '../model/failure.ts'
import { EnvelopeReader } from '../soap/reader.ts'
import type { IncomingBody } from './incoming.ts'
import type { GatewayLimits } from './ports.ts'
import type { PrologueMemory } from './remember.ts'

/** Up to this size a body is judged before a byte is sent; a larger one streams. */
export const SMALL_BODY_BYTES = 262_144

/** A request whose prologue has been read, and its body as far as it is here. */
export type ReadRequest = Readonly<{
  reader: EnvelopeReader
  prologue: Prologue
  /** From the first byte on. */
  pieces: Buffer[]
  /** Whether the whole body is read to its end before it is sent on. */
  whole: boolean
  body: IncomingBody
}>

/**
 * Refuses what is no EWS request by its HTTP headers.
 *
 * @throws Failure `encoding-refused`, `body-too-large`
 */
export function checkHeaders({ headers }: IncomingMessage, limits: GatewayLimits): void {
  if (!isXml(headers['content-type'] ?? ''))
    throw new Failure(
      'encoding-refused',
      'Content-Type must be text/xml with charset utf-8 or none.',
    )
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw new Failure(
      'encoding-refused',
      `Content-Encoding ${encoding} is not taken: send it plain.`,
    )
  if (Number(headers['content-length'] ?? 0) > limits.bodyBytes)
    throw new Failure('body-too-large', `The most is ${limits.bodyBytes} bytes.`)
}

/**
 * Reads everything before the operation, so that this much can be decided before more is read.
 *
 * @throws Failure
 */
export async function readPrologue(
  request: IncomingMessage,
  body: IncomingBody,
  limits: GatewayLimits,
  memory: PrologueMemory,
  principalId: string,
): Promise<ReadRequest> {
  const announced = request.headers['content-length']
  const whole = announced === undefined || Number(announced) <= SMALL_BODY_BYTES
  const first = (await body.next()) ?? Buffer.alloc(0)
  const pieces = [first]

  const remembered = memory.find(principalId, first)
  const reader = new EnvelopeReader(limits, remembered)
  reader.write(first.subarray(remembered?.resumption.offset ?? 0))
  while (reader.prologue === undefined && (await readOn(request, body, limits, pieces, reader)));
  const { prologue } = reader
  if (prologue === undefined) {
    reader.end()
    throw new Failure('envelope-malformed', 'The request has no operation.')
  }
  if (remembered === undefined && reader.remembered)
    memory.add(principalId, first, reader.remembered)
  return { reader, prologue, pieces, whole, body }
}

/** Whether more of the operation has to be gathered before the body can be evaluated. */
export const isToBeGathered = ({ reader, whole, body }: ReadRequest): boolean =>
  whole && !body.complete && reader.operationEnd === undefined

/**
 * Reads a small body to its end, and a larger one if its end is here already.
 *
 * @throws Failure
 */
export async function readWhole(
  request: IncomingMessage,
  { reader, pieces, whole, body }: ReadRequest,
  limits: GatewayLimits,
): Promise<void> {
  while (whole && (await readOn(request, body, limits, pieces, reader)));
  if (whole || body.complete) reader.end()
}

/** Reads one more piece. @returns false at the end */
async function readOn(
  { headers }: IncomingMessage,
  body: IncomingBody,
  { gatheredBytes }: GatewayLimits,
  pieces: Buffer[],
  reader: EnvelopeReader,
): Promise<boolean> {
  const piece = body.complete ? undefined : await body.next()
  if (piece === undefined) return false
  if (headers['content-length'] === undefined && body.bytes > gatheredBytes)
    throw new Failure(
      'body-too-large',
      `Send more than ${gatheredBytes} bytes with a Content-Length.`,
    )
  pieces.push(piece)
  reader.write(piece)
  return true
}

/** As nearly all clients write it. */
const USUAL_XML = 'text/xml; charset=utf-8'

const isXml = (type: string) =>
  type === USUAL_XML || /^text\/xml\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?$/i.test(type)
