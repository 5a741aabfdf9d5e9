/**
 * IP addresses as numbers, so that different spellings of an address are equal.
 *
 * @module
 */

/** An IP address. An IPv4-mapped IPv6 address is stored as its IPv4 address. */
export type Address = Readonly<{
  /** 32 for IPv4, 128 for IPv6. */
  bits: 32 | 128
  value: bigint
}>

/** The first 96 bits of every IPv4-mapped address, `::ffff:0:0/96`. */
const MAPPED = 0xffffn

/**
 * Reads an address. Returns undefined if the text is not an address. Ignores the zone of a link-local IPv6 address
 * (`%eth0`).
 */
export function parseAddress(text: string): Address | undefined {
  const address = parseUnmapped(text.replace(/%[\w.-]+$/, ''))
  if (address?.bits === 128 && address.value >> 32n === MAPPED)
    return { bits: 32, value: address.value & 0xffffffffn }
  return address
}

/** Reads an address. Unlike parseAddress(), returns an IPv4-mapped address as IPv6. */
export function parseUnmapped(text: string): Address | undefined {
  const bits = text.includes(':') ? 128 : 32
  const value = bits === 128 ? ipv6(text) : ipv4(text)
  return value === undefined ? undefined : { bits, value }
}

/** Reads four decimal octets. Rejects leading zeros, because some programs read them as octal. */
function ipv4(text: string): bigint | undefined {
  const octets = text.split('.')
  if (octets.length !== 4) return undefined
  let value = 0
  for (const octet of octets) {
    if (!/^(0|[1-9]\d{0,2})$/.test(octet) || Number(octet) > 255) return undefined
    value = value * 256 + Number(octet)
  }
  return BigInt(value)
}

function ipv6(text: string): bigint | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = [groups(halves[0], halves.length === 1), groups(halves[1], true)]
  if (!head || !tail) return undefined

  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined
  const all = [...head, ...Array<bigint>(missing).fill(0n), ...tail]
  return all.reduce((value, group) => (value << 16n) | group, 0n)
}

/** Returns the 16-bit groups of a part without `::`. The last two can be written as an IPv4 address. */
function groups(text: string | undefined, last: boolean): bigint[] | undefined {
  if (text === undefined || text === '') return []
  const words = text.split(':')
  if (last && words.at(-1)?.includes('.')) {
    const embedded = ipv4(words.pop() ?? '')
    if (embedded === undefined) return undefined
    words.push((embedded >> 16n).toString(16), (embedded & 0xffffn).toString(16))
  }
  if (!words.every(word => /^[0-9a-f]{1,4}$/i.test(word))) return undefined
  return words.map(word => BigInt(`0x${word}`))
}

/** Number of bits of an address that identify its network, for limits per network. */
export type NetworkBits = Readonly<{ ipv4: number; ipv6: number }>

/** The whole IPv4 address, or the /64 of an IPv6 address, because every customer has at least such a network. */
export const ONE_CUSTOMER: NetworkBits = { ipv4: 32, ipv6: 64 }

/**
 * Returns the network of an address as text, for limits per network. Returns a text that is not an address
 * unchanged.
 */
export function networkOf(text: string, { ipv4, ipv6 } = ONE_CUSTOMER): string {
  if (ipv4 === 32 && !text.includes(':')) return text
  const address = parseAddress(text)
  if (address === undefined) return text
  if (ipv4 === 32 && address.bits === 32) return dotted(address.value)
  const bits = address.bits === 128 ? ipv6 : ipv4
  const first = address.value >> BigInt(address.bits - bits)
  return `${first}/${address.bits}`
}

const dotted = (value: bigint): string =>
  [24n, 16n, 8n, 0n].map(shift => (value >> shift) & 0xffn).join('.')
