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
import { DEFAULT_OFFER, type SignInOffer } from '../model/sign-in.ts'

/** Offers by host name, in lower case and without a port. */
export type SignInOffers = ReadonlyMap<string, SignInOffer>

/** Returns the offer under the host name of a request. A name that is not listed has the default offer. */
export function offerOf({ headers }: IncomingMessage, offers: SignInOffers): SignInOffer {
  if (offers.size === 0) return DEFAULT_OFFER
  return offers.get(hostOf(headers.host ?? '')) ?? DEFAULT_OFFER
}

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
