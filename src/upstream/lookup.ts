/**
 * Looks up host names with a time limit.
 *
 * The system's resolver can take half a minute if no name server responds, and a lookup can't be canceled.
 * Each lookup uses a thread that the process also needs for files.
 *
 * @module
 */

import { type LookupAddress, type LookupOptions, lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'

/** Maximum wait for an address. */
const DEADLINE_MS = 3_000

type Addresses = readonly LookupAddress[]
/** Receives the addresses, or an error. */
type Found = (error: NodeJS.ErrnoException | null, addresses?: Addresses) => void

/** A resolver, which calls back once with all addresses of a host. */
export type Resolver = (host: string, options: LookupOptions & { all: true }, found: Found) => void

type Pending = { readonly callbacks: Set<Found>; isLate: boolean }

/**
 * Returns a lookup that fails with EAI_AGAIN after the deadline. While a lookup of a host is pending, further
 * lookups of it wait for the same result, or fail immediately if it is already late.
 */
export function boundedLookup(
  resolve: Resolver = lookup,
  deadlineMs = DEADLINE_MS,
): LookupFunction {
  const pending = new Map<string, Pending>()

  const begin = (key: string, host: string, options: LookupOptions): Pending => {
    const begun: Pending = { callbacks: new Set(), isLate: false }
    pending.set(key, begun)
    const end: Found = (error, addresses) => {
      clearTimeout(timer)
      const callbacks = [...begun.callbacks]
      begun.callbacks.clear()
      for (const callback of callbacks) callback(error, addresses)
    }
    const timer = setTimeout(() => {
      begun.isLate = true
      end(tooSlow(host))
    }, deadlineMs)
    resolve(host, { ...options, all: true }, (error, addresses) => {
      pending.delete(key)
      end(error, addresses)
    })
    return begun
  }

  return (host, options, callback) => {
    const key = `${host} ${options.family} ${options.hints}`
    const { callbacks, isLate } = pending.get(key) ?? begin(key, host, options)
    const found: Found = (error, addresses = []) => {
      const [first] = addresses
      if (error !== null || first === undefined) callback(error ?? tooSlow(host), '')
      else if (options.all) callback(null, [...addresses])
      else callback(null, first.address, first.family)
    }
    if (isLate) process.nextTick(found, tooSlow(host))
    else callbacks.add(found)
  }
}

const tooSlow = (host: string): NodeJS.ErrnoException =>
  Object.assign(new Error(`Looking up ${host} timed out`), { code: 'EAI_AGAIN' })
