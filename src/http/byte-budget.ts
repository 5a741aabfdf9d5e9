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
  readonly #shares = new Map<string, NamedShare>()

  constructor(most: number) {
    this.#most = most
  }

  enter(name: string): NamedShare {
    const share = this.#shares.get(name) ?? new NamedShare(this.#most, name, this.#shares)
    share.enter()
    return share
  }
}

/** A share that is in a map while it has requests. */
class NamedShare extends Share {
  readonly #name: string
  readonly #all: Map<string, NamedShare>
  #requests = 0

  constructor(most: number, name: string, all: Map<string, NamedShare>) {
    super(most)
    this.#name = name
    this.#all = all
  }

  enter(): void {
    if (this.#requests === 0) this.#all.set(this.#name, this)
    this.#requests += 1
  }

  leave(): void {
    this.#requests -= 1
    if (this.#requests === 0) this.#all.delete(this.#name)
  }
}

/** The bytes that one request holds. */
export class Reservation {
  readonly #total: Share
  readonly #address: NamedShare
  readonly #principals: Shares
  #principal: NamedShare | undefined
  #bytes = 0
  #closed = false

  constructor(total: Share, address: NamedShare, principals: Shares) {
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
    this.#principal.bytes += this.#bytes
    return this.#principal.fits(0)
  }

  /** Reserves bytes. @returns false, without reserving any, if they do not fit */
  reserve(bytes: number): boolean {
    const fits =
      !this.#closed &&
      this.#total.fits(bytes) &&
      this.#address.fits(bytes) &&
      (this.#principal === undefined || this.#principal.fits(bytes))
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
    this.#address.bytes += bytes
    if (this.#principal !== undefined) this.#principal.bytes += bytes
  }
}

/** Returns the failure of a request that currently does not fit into the budget. */
export const overBudget = () =>
  new Failure('over-budget', 'Requests in flight use all memory for requests', {
    kind: 'memory',
  })
