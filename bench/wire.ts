/**
 * One request over a socket of its own, as large as it may be.
 *
 * @module
 */

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { EWS_PATH } from './requests.ts'

const HEAD_ENDS = '\r\n\r\n'

/** Sends a request and reads the head of its answer; what follows that stays to be read. */
export async function ask(
  port: number,
  authorization: string,
  body: Uint8Array,
): Promise<Readonly<{ socket: Socket; status: number; length: number; rest: Buffer }>> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  const answered = head(socket)
  answered.catch(() => undefined)
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  socket.write(
    `POST ${EWS_PATH} HTTP/1.1\r\nHost: mail.example.com\r\nContent-Type: text/xml; charset=utf-8\r\n` +
      `Authorization: ${authorization}\r\nContent-Length: ${body.length}\r\n\r\n`,
  )
  socket.write(body)
  const bytes = await answered
  const end = bytes.indexOf(HEAD_ENDS)
  const text = bytes.toString('latin1', 0, end)
  return {
    socket,
    status: Number(text.slice(9, 12)),
    length: Number(/\r\ncontent-length: *(\d+)/i.exec(text)?.[1] ?? Number.NaN),
    rest: bytes.subarray(end + HEAD_ENDS.length),
  }
}

async function head(socket: Socket): Promise<Buffer> {
  let bytes: Buffer = Buffer.alloc(0)
  while (!bytes.includes(HEAD_ENDS)) {
    const [piece] = (await once(socket, 'data')) as [Buffer]
    bytes = Buffer.concat([bytes, piece])
  }
  return bytes
}

/** Sends a request and reads its answer to the end. @returns milliseconds */
export async function exchange(
  port: number,
  authorization: string,
  body: Uint8Array,
): Promise<number> {
  const began = performance.now()
  const { socket, status, length, rest } = await ask(port, authorization, body)
  if (status !== 200) throw new Error(`HTTP ${status}: ${rest.toString('latin1', 0, 500)}`)
  let left = length - rest.length
  const ended = Promise.withResolvers<void>()
  socket.on('data', piece => {
    left -= piece.length
    if (left <= 0) ended.resolve()
  })
  socket.on('close', ended.resolve)
  if (left > 0) await ended.promise
  socket.destroy()
  if (left > 0) throw new Error(`An answer ended ${left} bytes early`)
  return performance.now() - began
}
