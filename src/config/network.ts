/**
 * Reads addresses and networks of the configuration.
 *
 * @module
 */

import { parseAddress, parseUnmapped } from '../model/address.ts'
import type { ListenAddress } from '../model/listen-address.ts'

/** Reads `HOST:PORT`, with an IPv6 host in brackets. Returns undefined if the text has another form. */
export function readListenAddress(text: string): ListenAddress | undefined {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text) ?? []
  const host = bracketed ?? plain
  const port = Number(digits)
  if (host === undefined || port > 65535) return undefined
  if (bracketed !== undefined && parseUnmapped(bracketed)?.bits !== 128) return undefined
  return { host, port }
}

/** Whether only this machine can reach a host. Returns false for a name other than `localhost`. */
export function isLoopback(host: string): boolean {
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  const address = parseAddress(bare)
  if (!address) return bare.toLowerCase() === 'localhost'
  return address.bits === 32 ? address.value >> 24n === 127n : address.value === 1n
}

/**
 * Whether the way to a URL is confidential: by https, or within this machine. Returns true for a text that is no URL,
 * because another check rejects it.
 */
export function isConfidential(url: string): boolean {
  if (!URL.canParse(url)) return true
  const { protocol, hostname } = new URL(url)
  return protocol === 'https:' || isLoopback(hostname)
}

/** Whether an http or ldap URL is that of another machine, so that everything is sent to it unencrypted. */
export function isPlain(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  return (protocol === 'http:' || protocol === 'ldap:') && !isLoopback(hostname)
}

/**
 * Whether a text is an address or a CIDR network. Returns false for IPv4-mapped addresses, which would never match,
 * because peers are compared as IPv4.
 */
export function isNetwork(text: string): boolean {
  const [, written = '', prefix] = /^([0-9A-Fa-f:.]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const address = parseUnmapped(written)
  if (!address || address.bits !== parseAddress(written)?.bits) return false
  return prefix === undefined || Number(prefix) <= address.bits
}
