/**
 * Bytes over a socket: a client that sends what it likes.
 *
 * @module
 */

import { connect } from 'node:net'

/** Ends a wait for a response that never comes; a busy machine needs minutes. */
export const PATIENCE_MS = 300_000

/** Response, one character for each byte. */
export type Reply = Readonly<{
  text: string
  statuses: readonly number[]
  closed: boolean
}>

/**
 * Sends bytes on a new connection. Waits until it is closed, until the expected number of responses has
 * arrived, or until no data has arrived for a time.
 *
 * @param quietMs - this time, in milliseconds
 */
export function exchange(
  port: number,
  bytes: string | Uint8Array,
  awaited = 1,
  quietMs = PATIENCE_MS,
): Promise<Reply> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true })
  let text = ''
  return new Promise(resolve => {
    const done = (closed: boolean) => {
      clearTimeout(last)
      clearTimeout(quiet)
      socket.destroy()
      resolve({ text, statuses: statusesIn(text), closed })
    }
    const last = setTimeout(done, PATIENCE_MS, false)
    let quiet = setTimeout(() => undefined, 0)
    const listen = () => {
      clearTimeout(quiet)
      quiet = setTimeout(done, quietMs, false)
    }
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      if (answersIn(text) >= awaited) done(false)
      else listen()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => done(true))
    socket.on('connect', () => {
      // Read the rest even if the request is rejected early: a reset would lose the response.
      socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes, listen)
    })
  })
}

/** Final answers whose announced body is whole. */
export function answersIn(text: string): number {
  let count = 0
  for (let rest = text; ; ) {
    const end = rest.indexOf('\r\n\r\n') + 4
    if (end < 4) return count
    const head = rest.slice(0, end)
    const status = Number(head.split(' ')[1])
    const length = status < 200 ? 0 : Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0)
    if (rest.length < end + length) return count
    if (status >= 200) count++
    rest = rest.slice(end + length)
  }
}

const statusesIn = (text: string): number[] =>
  [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))

/** Runs work for each item, a limited number at a time, in order. */
export async function inParallel<T>(
  list: readonly T[],
  width: number,
  act: (item: T, index: number) => Promise<void>,
): Promise<void> {
  let next = 0
  const work = async () => {
    for (let at = next++; at < list.length; at = next++) await act(list[at] as T, at)
  }
  await Promise.all(Array.from({ length: Math.min(width, list.length) }, work))
}
