/**
 * Requests as bytes on the wire.
 *
 * @module
 */

import { GET_FOLDER, requestOf } from './seeds.ts'

/** An ordinary request that is let through. */
export const ORDINARY = requestOf(GET_FOLDER)

export type Head = Readonly<{
  line?: string
  /** Whole lines without their end; `null` leaves Content-Length out. */
  headers?: readonly string[]
  length?: number | string | null
  authorization?: string
  type?: string
}>

/** Everything before a body. */
export function headOf(body: string | Uint8Array, head: Head): string {
  const { line = 'POST /EWS/Exchange.asmx HTTP/1.1', headers = [], authorization } = head
  const { length = Buffer.byteLength(body), type = 'text/xml; charset=utf-8' } = head
  return [
    line,
    'Host: gateway',
    ...(authorization === undefined ? [] : [`Authorization: ${authorization}`]),
    `Content-Type: ${type}`,
    ...headers,
    ...(length === null ? [] : [`Content-Length: ${length}`]),
    '',
    '',
  ].join('\r\n')
}

export const requestBytes = (body: string | Uint8Array, head: Head): Buffer =>
  Buffer.concat([Buffer.from(headOf(body, head), 'latin1'), Buffer.from(body)])
