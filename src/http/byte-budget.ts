/**
 * Accounts for the bytes of clients and upstreams that a listener keeps across turns of the event loop. Bytes are
 * reserved before they are read, all at once if their number is known. No request waits for bytes that others hold,
 * so partly read requests cannot block each other: a request that does not fit is rejected and releases its bytes.
 *
 * @module
 */

import { networkOf } from '../model/address.ts'
import { Failure } from '../model/failure.ts'

/** Maximum part of the budget for the requests of one principal, or of one source address. */
const SHARE = 1 / 2

export class ByteBudget {
  /** Maximum number of bytes that one request can hold. A request that needs more never fits. */
  readonly share: number
  /** Maximum number of bytes that all requests together can hold. */
  readonly most: number
  readonly #total: Share
  readonly #addresses: Shares
  readonly #principals: Shares

  /** @param bytes - maximum that all requests together can hold */
  constructor(bytes: number) {
    this.most = bytes
    this.share = Math.floor(bytes * SHARE)
    this.#total = new Share(bytes)
    this.#addresses = new Shares(this.share)
    this.#principals = new Shares(this.share)
  }

  /** Bytes that are currently reserved. */
  get held(): number {
    return this.#total.bytes
  }

  /** Whether a request was rejected for lack of bytes, and more than half of the bytes are still reserved. */
  get isExhausted(): boolean {
    return this.#total.isExhausted
  }

  /**
   * Returns an empty reservation for a request.
   *
   * @param address - source address. All IPv6 addresses of a /64 network share one limit
   */
  open(address: string): Reservation {
    return new Reservation(this.#total, this.#addresses.enter(networkOf(address)), this.#principals)
  }
}

/** Bytes that some requests hold together, and their limit. */
class Share {
  bytes = 0
  requests = 0
  isExhausted = false
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  fits(bytes: number): boolean {
    const fits = this.bytes + bytes <= this.#most
    if (!fits) this.isExhausted = this.#isHalfHeld()
    return fits
  }

  add(bytes: number): void {
    this.bytes += bytes
    this.isExhausted &&= this.#isHalfHeld()
  }

  #isHalfHeld(): boolean {
    return this.bytes > this.#most / 2
  }
}

/** Shares by name. A share is removed with its last request, so clients cannot fill the map. */
class Shares {
  readonly #most: number
  readonly #shares = new Map<string, Share>()

  constructor(most: number) {
    this.#most = most
  }

  enter(name: string): Place {
    const share = this.#shares.get(name) ?? new Share(this.#most)
    if (share.requests === 0) this.#shares.set(name, share)
    share.requests += 1
    return { share, leave: () => this.#leave(name, share) }
  }

  #leave(name: string, share: Share): void {
    share.requests -= 1
    if (share.requests === 0) this.#shares.delete(name)
  }
}

/** Membership of a request in a share. */
type Place = Readonly<{ share: Share; leave: () => void }>

/** The bytes that one request holds. */
export class Reservation {
  readonly #total: Share
  readonly #address: Place
  readonly #principals: Shares
  #principal: Place | undefined
  #bytes = 0
  #closed = false

  constructor(total: Share, address: Place, principals: Shares) {
    this.#total = total
    this.#address = address
    this.#principals = principals
  }

  get bytes(): number {
    return this.#bytes
  }

  /**
   * Counts the bytes of the request, present and future ones, toward its principal, too.
   *
   * @returns false if the principal's share is exhausted
   */
  assign(principalId: string): boolean {
    this.#principal = this.#principals.enter(principalId)
    this.#principal.share.bytes += this.#bytes
    return this.#principal.share.fits(0)
  }

  /** Reserves bytes. @returns false, without reserving any, if they do not fit */
  reserve(bytes: number): boolean {
    const fits =
      !this.#closed &&
      this.#total.fits(bytes) &&
      this.#address.share.fits(bytes) &&
      (this.#principal === undefined || this.#principal.share.fits(bytes))
    if (fits) this.#add(bytes)
    return fits
  }

  /** Gives back bytes that were reserved. */
  release(bytes: number): void {
    if (!this.#closed) this.#add(-bytes)
  }

  /** Gives back everything. From then on nothing can be reserved. */
  close(): void {
    if (this.#closed) return
    this.#add(-this.#bytes)
    this.#closed = true
    this.#address.leave()
    this.#principal?.leave()
  }

  #add(bytes: number): void {
    this.#bytes += bytes
    this.#total.add(bytes)
    this.#address.share.bytes += bytes
    if (this.#principal !== undefined) this.#principal.share.bytes += bytes
  }
}

/** Returns the failure of a request that currently does not fit into the budget. */
export const overBudget = () =>
  new Failure('over-budget', 'Requests in flight use all memory for requests', {
    kind: 'memory',
  })
