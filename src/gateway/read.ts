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
  pieces: readonly Buffer[]
  /** Whether the whole body is here, read to its end. */
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
 * Reads a small body whole, and of a large one all before its operation.
 *
 * @throws Failure
 */
export async function readRequest(
  request: IncomingMessage,
  body: IncomingBody,
  limits: GatewayLimits,
  memory: PrologueMemory,
  principalId: string,
): Promise<ReadRequest> {
  const announced = request.headers['content-length']
  const whole = announced === undefined || Number(announced) <= SMALL_BODY_BYTES
  const pieces: Buffer[] = []
  const first = (await body.next()) ?? Buffer.alloc(0)
  pieces.push(first)

  const remembered = memory.find(principalId, first)
  const reader = new EnvelopeReader(limits, remembered)
  reader.write(first.subarray(remembered?.resumption.offset ?? 0))
  while (!body.complete && (whole || reader.prologue === undefined)) {
    const piece = await body.next()
    if (piece === undefined) break
    if (announced === undefined && body.bytes > limits.gatheredBytes)
      throw new Failure(
        'body-too-large',
        `Send more than ${limits.gatheredBytes} bytes with a Content-Length.`,
      )
    pieces.push(piece)
    reader.write(piece)
  }
  if (whole || body.complete) reader.end()

  const { prologue } = reader
  if (prologue === undefined)
    throw new Failure('envelope-malformed', 'The request has no operation.')
  if (remembered === undefined && reader.remembered)
    memory.add(principalId, first, reader.remembered)
  return { reader, prologue, pieces, whole, body }
}

/** As nearly all clients write it. */
const USUAL_XML = 'text/xml; charset=utf-8'

const isXml = (type: string) =>
  type === USUAL_XML || /^text\/xml\s*(;\s*charset\s*=\s*("utf-8"|utf-8)\s*)?$/i.test(type)
