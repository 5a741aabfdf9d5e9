/**
 * Sessions of the console, with a cookie in place of the secret.
 *
 * The cookie is a random ID and its MAC. So a forged cookie is rejected without a read, and read access to the
 * store is not enough to create a cookie. The store has a row for each session, so a session ends on all gateways.
 * The permissions of its key are read again for each request.
 *
 * @module
 */

import { createHmac, hash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { PolicyDocument } from '../model/iam.ts'
import { type Credential, isUsable } from '../model/principal.ts'
import type { ConsoleSession, ConsoleSessionStore, CredentialReader } from '../store/store.ts'
import type {
  BegunSession,
  ConsoleSessions,
  PresentedSession,
  SessionCaller,
} from './credentials.ts'
import type { KeyUsage } from './key-usage.ts'
import type { MasterKey } from './master-key.ts'

const MINUTE_MS = 60_000
/** Time after the last activity at which a session ends. */
const IDLE_MS = 30 * MINUTE_MS
/** Maximum duration of a session. */
const MAX_SESSION_MS = 12 * 60 * MINUTE_MS
/** Maximum number of concurrent sessions of a key. A further one ends the oldest. */
const MAX_SESSIONS_PER_KEY = 20

const ID_BYTES = 32
const ID = /^[\w-]{43}$/

/** Dependencies of {@link StoredConsoleSessions}. */
export type SessionPorts = Readonly<{
  store: ConsoleSessionStore & CredentialReader
  masterKey: MasterKey
  usage: KeyUsage
}>

/** Console sessions in the store that all gateways share. */
export class StoredConsoleSessions implements ConsoleSessions {
  readonly #ports: SessionPorts

  constructor(ports: SessionPorts) {
    this.#ports = ports
  }

  async begin({ key, principal }: Credential, secure: boolean, at: number): Promise<BegunSession> {
    const id = randomBytes(ID_BYTES).toString('base64url')
    const session: ConsoleSession = {
      idHash: hashOf(id),
      accessKeyId: key.id,
      policyHash: hashOfPolicy(principal.policy),
      createdAt: at,
      seenAt: at,
    }
    await this.#ports.store.addConsoleSession(session, {
      seenAfter: at - IDLE_MS,
      createdAfter: at - MAX_SESSION_MS,
      perKey: MAX_SESSIONS_PER_KEY,
    })
    const cookie = `${id}.${this.#mac(id, secure).toString('base64url')}`
    return { cookie, expiresAt: endOf(session) }
  }

  recognizes(presented: Pick<PresentedSession, 'cookie' | 'secure'>): boolean {
    return this.#idHash(presented) !== undefined
  }

  async verify(presented: PresentedSession): Promise<SessionCaller | undefined> {
    const { at, active } = presented
    const idHash = this.#idHash(presented)
    const session = idHash && (await this.#ports.store.consoleSession(idHash))
    if (!session) return undefined

    const credential = await this.#ports.store.credential(session.accessKeyId)
    if (!credential || !isValid(session, credential, at)) {
      await this.#ports.store.endConsoleSession(session.idHash)
      return undefined
    }
    this.#ports.usage.note(credential.key, at)
    const seen = active ? { ...session, seenAt: Math.max(at, session.seenAt) } : session
    // Writes at most once per minute, because a page sends many requests.
    if (seen.seenAt >= session.seenAt + MINUTE_MS)
      await this.#ports.store.consoleSessionSeen(session.idHash, at)
    return { ...credential, expiresAt: endOf(seen) }
  }

  async end(presented: Pick<PresentedSession, 'cookie' | 'secure'>): Promise<void> {
    const idHash = this.#idHash(presented)
    if (idHash !== undefined) await this.#ports.store.endConsoleSession(idHash)
  }

  /** Returns the hash of the session ID, or undefined if the cookie is forged or was issued for the other transport. */
  #idHash({ cookie, secure }: Pick<PresentedSession, 'cookie' | 'secure'>): string | undefined {
    const [id = '', mac = '', ...more] = cookie.split('.')
    if (more.length > 0 || !ID.test(id) || !ID.test(mac)) return undefined
    const matches = timingSafeEqual(Buffer.from(mac, 'base64url'), this.#mac(id, secure))
    return matches ? hashOf(id) : undefined
  }

  /**
   * Returns the MAC of a session ID. It depends on the transport, so a session that started over TLS is only valid
   * over TLS.
   */
  #mac(id: string, secure: boolean): Buffer {
    const key = this.#ports.masterKey.subkey('sessions')
    return createHmac('sha256', key)
      .update(`${secure ? 'tls' : 'clear'} ${id}`)
      .digest()
  }
}

const isValid = (session: ConsoleSession, credential: Credential, at: number): boolean =>
  at < endOf(session) &&
  isUsable(credential, at) &&
  session.policyHash === hashOfPolicy(credential.principal.policy)

/** Returns when a session ends without further activity, in milliseconds since the epoch. */
const endOf = ({ createdAt, seenAt }: ConsoleSession): number =>
  Math.min(seenAt + IDLE_MS, createdAt + MAX_SESSION_MS)

const hashOf = (id: string): string => hash('sha256', id, 'base64url')
const hashOfPolicy = (policy: PolicyDocument): string => hashOf(JSON.stringify(policy))
