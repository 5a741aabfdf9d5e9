/**
 * Authenticates connections: an exchange of messages proves an identity, which later requests on the connection have
 * without an Authorization header.
 *
 * An identity is bound to one connection, never to one that a trusted proxy opened. Its credential is checked again for
 * each request.
 *
 * @module
 */

import { after, type MaybePromise } from '../model/maybe-promise.ts'
import type { Scheme, SignInOffer } from '../model/sign-in.ts'
import type {
  Authentication,
  AuthenticationRequest,
  Caller,
  ClientConnection,
} from './credentials.ts'

/** A scheme that authenticates connections. The client sends a first message, gets a challenge, and sends a proof. */
export interface ConnectionScheme {
  readonly scheme: Scheme
  /** Begins an exchange; undefined if the message is not a first message. */
  begin(message: Buffer, request: AuthenticationRequest): Exchange | undefined
  /** Counts a message that is neither a first message nor expected. */
  unexpected(request: AuthenticationRequest): Authentication
  /**
   * Checks the credential of a caller again, whose connection is authenticated.
   *
   * @throws Failure `policy-unavailable` if the store cannot be read
   */
  checkAgain(caller: Caller, request: AuthenticationRequest): MaybePromise<Authentication>
}

/** An exchange whose first message has been answered. */
export interface Exchange {
  /** Message for the client. */
  readonly challenge: Buffer
  /**
   * Verifies the proof. Called at most once.
   *
   * @throws Failure `policy-unavailable` if the store cannot be read
   */
  verify(proof: Buffer, request: AuthenticationRequest): MaybePromise<Authentication>
}

/** State of a connection whose exchange has begun. */
type State =
  | Readonly<{ kind: 'challenged'; exchange: Exchange }>
  /** The proof is being verified. If that fails with an error, the state stays until the next request. */
  | Readonly<{ kind: 'verifying' }>
  /** A request interrupted the exchange. The connection is being closed. */
  | Readonly<{ kind: 'broken' }>
  | Readonly<{
      kind: 'authenticated'
      caller: Caller
      offer: SignInOffer
      /** Whether a later request shows that the client has the response to its proof. */
      isConfirmed: boolean
    }>

const HEADER = /^([a-z]+) +([a-z0-9+/]+={0,2}) *$/i

/** Returns a caller for the later requests on its connection. */
const withConnection = (caller: Caller): Caller => ({
  ...caller,
  signIn: { ...caller.signIn, signedInBy: 'connection' },
})

/** Authenticates connections by one scheme. */
export class ConnectionAuthenticator {
  readonly #scheme: ConnectionScheme
  readonly #states = new WeakMap<ClientConnection, State>()

  constructor(scheme: ConnectionScheme) {
    this.#scheme = scheme
  }

  /**
   * Authenticates a request by a message of the exchange, or by the identity of its connection.
   *
   * A request with another Authorization header, or under a host name with another offer, ends the identity, because
   * the connection then carries requests of several clients.
   *
   * @returns undefined if neither applies, so that the request must authenticate itself
   */
  authenticate(request: AuthenticationRequest): MaybePromise<Authentication> | undefined {
    const { authorization, connection, isPipelined, offer } = request
    if (connection.isProxied) return undefined
    const state = this.#states.get(connection)
    const message = this.#messageIn(request)
    const isOver = state?.kind === 'verifying' && !isPipelined
    if (message !== undefined)
      return isPipelined || state?.kind === 'broken'
        ? this.#break(connection)
        : this.#next(message, connection, request, state)

    if (state === undefined || isOver) return undefined
    if (state.kind !== 'authenticated' || (isPipelined && !state.isConfirmed))
      return this.#break(connection)
    if (authorization === undefined && offer === state.offer)
      return this.#checkAgain(state, connection, request)
    this.#states.delete(connection)
    return undefined
  }

  #messageIn({ authorization, offer }: AuthenticationRequest): Buffer | undefined {
    const { scheme } = this.#scheme
    if (authorization === undefined || !offer.schemes.includes(scheme)) return undefined
    const [, name, token] = HEADER.exec(authorization) ?? []
    if (token === undefined || name?.toLowerCase() !== scheme.toLowerCase()) return undefined
    return Buffer.from(token, 'base64')
  }

  #break(connection: ClientConnection): Authentication {
    this.#states.set(connection, { kind: 'broken' })
    return { kind: 'interleaved' }
  }

  #next(
    message: Buffer,
    connection: ClientConnection,
    request: AuthenticationRequest,
    state: State | undefined,
  ): MaybePromise<Authentication> {
    this.#states.delete(connection)
    const exchange = this.#scheme.begin(message, request)
    if (exchange !== undefined) {
      this.#states.set(connection, { kind: 'challenged', exchange })
      const token = exchange.challenge.toString('base64')
      return { kind: 'continue', scheme: this.#scheme.scheme, token }
    }
    if (state?.kind !== 'challenged') return this.#scheme.unexpected(request)
    const verifying: State = { kind: 'verifying' }
    this.#states.set(connection, verifying)
    return after(state.exchange.verify(message, request), authentication => {
      if (this.#states.get(connection) !== verifying) return this.#break(connection)
      if (authentication.kind !== 'authenticated') this.#states.delete(connection)
      else {
        const { kind } = authentication
        const caller = withConnection(authentication.caller)
        this.#states.set(connection, { kind, caller, offer: request.offer, isConfirmed: false })
      }
      return authentication
    })
  }

  #checkAgain(
    state: Extract<State, { kind: 'authenticated' }>,
    connection: ClientConnection,
    request: AuthenticationRequest,
  ): MaybePromise<Authentication> {
    return after(this.#scheme.checkAgain(state.caller, request), authentication => {
      if (this.#states.get(connection) !== state) return authentication
      if (authentication.kind !== 'authenticated') this.#states.delete(connection)
      else if (authentication.caller !== state.caller || !state.isConfirmed)
        this.#states.set(connection, {
          ...state,
          caller: authentication.caller,
          isConfirmed: true,
        })
      return authentication
    })
  }
}
