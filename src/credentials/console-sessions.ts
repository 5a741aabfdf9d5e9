/**
 * Sessions of the console: what a browser holds instead of a secret.
 *
 * The cookie is a random id and its MAC, so that an invented one costs no read and the store alone
 * makes none; the store has the row, so that ending it ends it everywhere. What a session may do is
 * read anew each time: it is worth no more than its key.
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
/** Without anything done in it. */
const IDLE_MS = 30 * MINUTE_MS
/** In all. */
const LONGEST_MS = 12 * 60 * MINUTE_MS
/** Of one key at a time; the oldest ends. */
const PER_KEY = 20

const ID_BYTES = 32
const ID = /^[\w-]{43}$/

/** What {@link StoredConsoleSessions} work with. */
export type SessionPorts = Readonly<{
  store: ConsoleSessionStore & CredentialReader
  masterKey: MasterKey
  usage: KeyUsage
}>

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
      createdAfter: at - LONGEST_MS,
      perKey: PER_KEY,
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
    if (!credential || !isGood(session, credential, at)) {
      await this.#ports.store.endConsoleSession(session.idHash)
      return undefined
    }
    this.#ports.usage.note(credential.key, at)
    const seen = active ? { ...session, seenAt: Math.max(at, session.seenAt) } : session
    // To the minute: a page full of requests is one write.
    if (seen.seenAt >= session.seenAt + MINUTE_MS)
      await this.#ports.store.consoleSessionSeen(session.idHash, at)
    return { ...credential, expiresAt: endOf(seen) }
  }

  async end(presented: Pick<PresentedSession, 'cookie' | 'secure'>): Promise<void> {
    const idHash = this.#idHash(presented)
    if (idHash !== undefined) await this.#ports.store.endConsoleSession(idHash)
  }

  /** Undefined for a cookie that was not made here, or not for this way of coming. */
  #idHash({ cookie, secure }: Pick<PresentedSession, 'cookie' | 'secure'>): string | undefined {
    const [id = '', mac = '', ...more] = cookie.split('.')
    if (more.length > 0 || !ID.test(id) || !ID.test(mac)) return undefined
    const matches = timingSafeEqual(Buffer.from(mac, 'base64url'), this.#mac(id, secure))
    return matches ? hashOf(id) : undefined
  }

  /** A session that was begun over TLS is none in clear, and the other way round. */
  #mac(id: string, secure: boolean): Buffer {
    const key = this.#ports.masterKey.subkey('sessions')
    return createHmac('sha256', key)
      .update(`${secure ? 'tls' : 'clear'} ${id}`)
      .digest()
  }
}

const isGood = (session: ConsoleSession, credential: Credential, at: number): boolean =>
  at < endOf(session) &&
  isUsable(credential, at) &&
  session.policyHash === hashOfPolicy(credential.principal.policy)

/** In milliseconds since the epoch, where nothing is done any more. */
const endOf = ({ createdAt, seenAt }: ConsoleSession): number =>
  Math.min(seenAt + IDLE_MS, createdAt + LONGEST_MS)

const hashOf = (id: string): string => hash('sha256', id, 'base64url')
const hashOfPolicy = (policy: PolicyDocument): string => hashOf(JSON.stringify(policy))
