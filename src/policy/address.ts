/**
 * CIDR ranges, and whether they contain an address.
 *
 * @module
 */

import { type Address, parseAddress, parseUnmapped } from '../model/address.ts'

/** A range of addresses: those that equal `value` except in the last `hostBits` bits. */
export type AddressRange = Readonly<{ bits: 32 | 128; value: bigint; hostBits: bigint }>

/**
 * Reads `address/prefix` or a single address. Returns undefined if the text is neither.
 *
 * Ignores bits after the prefix. Converts a range of IPv4-mapped addresses to the IPv4 range.
 */
export function parseRange(text: string): AddressRange | undefined {
  if (!text.includes('/')) return single(parseAddress(text))

  const slash = text.indexOf('/')
  const address = parseUnmapped(text.slice(0, slash))
  const prefix = text.slice(slash + 1)
  if (!address || !/^(0|[1-9]\d{0,2})$/.test(prefix) || Number(prefix) > address.bits)
    return undefined

  const hostBits = BigInt(address.bits - Number(prefix))
  const mapped = hostBits <= 32n ? parseAddress(text.slice(0, slash)) : undefined
  return { ...(mapped ?? address), hostBits }
}

/** Whether a range contains an address. An IPv6 range contains no IPv4 address. */
export function inRange(range: AddressRange, address: Address): boolean {
  return (
    range.bits === address.bits && range.value >> range.hostBits === address.value >> range.hostBits
  )
}

function single(address: Address | undefined): AddressRange | undefined {
  return address && { ...address, hostBits: 0n }
}
