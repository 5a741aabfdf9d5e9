/**
 * Finds the source address of a request, behind trusted proxies.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import { type Address, parseAddress } from '../model/address.ts'
import { type AddressRange, inRange } from '../policy/address.ts'

/** Address of the client, and whether it used TLS. */
export type Source = Readonly<{
  /** Address as text. An IPv4-mapped address is written as IPv4. */
  address: string
  /** Whether the client used TLS, with the gateway or with a trusted proxy. */
  secure: boolean
  /** Whether a trusted proxy opened the connection. */
  isProxied: boolean
}>

/**
 * Returns the client's address. That is the address of the peer. If the peer is a trusted proxy, it is the last
 * address in X-Forwarded-For that doesn't belong to a trusted proxy; the first one if all of them do, and the
 * peer if there is no such header.
 *
 * @returns undefined if a trusted proxy sent a malformed header, so that the request must be rejected
 */
export function sourceOf(
  request: IncomingMessage,
  trusted: readonly AddressRange[],
): Source | undefined {
  const peer = plain(request.socket.remoteAddress ?? '')
  const secure = 'encrypted' in request.socket
  if (trusted.length === 0) return { address: peer, secure, isProxied: false }
  const isTrusted = (address: Address) => trusted.some(range => inRange(range, address))
  const peerAddress = parseAddress(peer)
  if (peerAddress === undefined || !isTrusted(peerAddress))
    return { address: peer, secure, isProxied: false }

  const proto = request.headers['x-forwarded-proto']
  if (proto !== undefined && proto !== 'http' && proto !== 'https') return undefined
  const forwarded = forwardedFor(request.headers['x-forwarded-for'])
  if (forwarded === undefined) return undefined
  const client = forwarded.findLast(({ address }) => !isTrusted(address)) ?? forwarded[0]
  return { address: client?.text ?? peer, secure: secure || proto === 'https', isProxied: true }
}

/** Whether a peer is on this machine. */
export function isLoopback(address: string): boolean {
  const text = plain(address)
  return text.startsWith('127.') || text === '::1'
}

/**
 * Whether a peer may connect to a listener without TLS: this machine, and proxies that end TLS. If no proxies are
 * configured, every peer may.
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
