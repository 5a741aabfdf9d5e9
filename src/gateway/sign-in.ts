/**
 * Finds out how the client of a request can sign in: by its host name, and by its connection.
 *
 * @module
 */

import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { ClientConnection } from '../credentials/credentials.ts'
import type { Source } from '../http/source.ts'
import { CONNECTION_SCHEMES, DEFAULT_OFFER, type SignInOffer } from '../model/sign-in.ts'

/** Finds the offer for a request by its host name. */
export class SignInOffers {
  readonly #direct: ReadonlyMap<string, SignInOffer>
  readonly #proxied: ReadonlyMap<string, SignInOffer>

  /** @param offers - by host name, in lower case and without a port */
  constructor(offers: ReadonlyMap<string, SignInOffer>) {
    this.#direct = offers
    this.#proxied = new Map([...offers].map(([name, offer]) => [name, withoutConnection(offer)]))
  }

  /**
   * Returns the offer. A name that is not listed has the default offer. A proxy that isn't trusted shows itself by its
   * headers.
   */
  of({ headers }: IncomingMessage, { isProxied }: Pick<Source, 'isProxied'>): SignInOffer {
    if (this.#direct.size === 0) return DEFAULT_OFFER
    const isForwarded = isProxied || FORWARDED.some(name => headers[name] !== undefined)
    const offers = isForwarded ? this.#proxied : this.#direct
    return offers.get(hostOf(headers.host ?? '')) ?? DEFAULT_OFFER
  }
}

/** Headers by which proxies show themselves. */
const FORWARDED = ['forwarded', 'via', 'x-forwarded-for']

/** Returns the offer for connections of a proxy, which carry requests of several clients. */
const withoutConnection = (offer: SignInOffer): SignInOffer => ({
  ...offer,
  schemes: offer.schemes.filter(scheme => !CONNECTION_SCHEMES.includes(scheme)),
})

const hostOf = (authority: string) => authority.replace(/:\d*$/, '').toLowerCase()

/** Gives each connection one object, for as long as the connection exists. */
export class ClientConnections {
  readonly #connections = new WeakMap<Socket, ClientConnection>()

  of({ socket }: IncomingMessage, { isProxied }: Source): ClientConnection {
    const known = this.#connections.get(socket)
    if (known !== undefined) return known
    const connection = { isProxied, certificate: () => certificateOf(socket) }
    this.#connections.set(socket, connection)
    return connection
  }
}

/** Returns the gateway's own certificate of a connection, which later connections may not have. */
const certificateOf = (socket: Socket) =>
  socket instanceof TLSSocket ? socket.getX509Certificate()?.raw : undefined
