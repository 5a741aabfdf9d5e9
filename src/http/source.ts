/**
 * Where a request comes from.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { type Address, parseAddress } from '../model/address.ts'
import { type AddressRange, inRange } from '../policy/address.ts'

export type Source = Readonly<{
  /** As text; an IPv4-mapped address as IPv4. */
  address: string
  /** Whether the client spoke TLS, to us or to a proxy that we trust. */
  secure: boolean
}>

/**
 * The client's address: the peer's, or where that is a trusted proxy, the last one in
 * X-Forwarded-For, read from the right, that is none.
 *
 * @returns undefined where a trusted proxy sent a malformed header: the request is refused
 */
export function sourceOf(
  request: IncomingMessage,
  trusted: readonly AddressRange[],
): Source | undefined {
  const peer = plain(request.socket.remoteAddress ?? '')
  const secure = 'encrypted' in request.socket
  if (trusted.length === 0) return { address: peer, secure }
  const isTrusted = (address: Address) => trusted.some(range => inRange(range, address))
  const peerAddress = parseAddress(peer)
  if (peerAddress === undefined || !isTrusted(peerAddress)) return { address: peer, secure }

  const proto = request.headers['x-forwarded-proto']
  if (proto !== undefined && proto !== 'http' && proto !== 'https') return undefined
  const forwarded = forwardedFor(request.headers['x-forwarded-for'])
  if (forwarded === undefined) return undefined
  const client = forwarded.findLast(({ address }) => !isTrusted(address)) ?? forwarded[0]
  return { address: client?.text ?? peer, secure: secure || proto === 'https' }
}

/** Whether a peer is on this machine. */
export function isLoopback(address: string): boolean {
  const text = plain(address)
  return text.startsWith('127.') || text === '::1'
}

/**
 * Whether a peer may speak to a listener without TLS of its own: this machine may, and the proxies
 * that end TLS before it; where there are none everybody may whom the network lets through.
 */
export function mayConnectInClear(peer: string, tlsTerminatedBy: readonly AddressRange[]): boolean {
  if (tlsTerminatedBy.length === 0 || isLoopback(peer)) return true
  const address = parseAddress(peer)
  return address !== undefined && tlsTerminatedBy.some(range => inRange(range, address))
}

type Hop = { text: string; address: Address }

function forwardedFor(header: string | string[] | undefined): Hop[] | undefined {
  if (header === undefined) return []
  const hops: Hop[] = []
  for (const part of String(header).split(',')) {
    const text = plain(part.trim())
    const address = parseAddress(text)
    if (address === undefined) return undefined
    hops.push({ text, address })
  }
  return hops
}

const plain = (address: string) =>
  address.includes(':') ? address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*/, '') : address
