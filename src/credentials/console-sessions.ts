/**
 * Sessions of the console, with a cookie in place of the secret.
 *
 * The store has a row for each session, so a session ends on all gateways. The permissions of its key are read again
 * for each request.
 *
 * @module
 */

import type { PolicyDocument } from '../model/iam.ts'
import { type Credential, endOfCredential, isUsable } from '../model/principal.ts'
import { isWithin, type Moment } from '../model/validity.ts'
import type { ConsoleSession, ConsoleSessionStore, CredentialReader } from '../store/store.ts'
import type {
  BegunSession,
  ConsoleSessions,
  PresentedSession,
  SessionCaller,
} from './credentials.ts'
import type { KeyUsage } from './key-usage.ts'
import type { MasterKey } from './master-key.ts'
import { hashOf, type PresentedCookie, SessionCookies } from './session-cookie.ts'
import { boundsAt, endOf, isLive, mustWrite, seenIn } from './session-life.ts'

/** Dependencies of {@link StoredConsoleSessions}. */
export type SessionPorts = Readonly<{
  store: ConsoleSessionStore & CredentialReader
  masterKey: MasterKey
  usage: KeyUsage
}>

/** Console sessions in the store that all gateways share. */
export class StoredConsoleSessions implements ConsoleSessions {
  readonly #ports: SessionPorts
  readonly #cookies: SessionCookies

  constructor(ports: SessionPorts) {
    this.#ports = ports
    this.#cookies = new SessionCookies(ports.masterKey)
  }

  async begin({ key, principal }: Credential, secure: boolean, at: number): Promise<BegunSession> {
    const { idHash, cookie } = this.#cookies.make(secure)
    const session: ConsoleSession = {
      idHash,
      accessKeyId: key.id,
      policyHash: hashOfPolicy(principal.policy),
      createdAt: at,
      seenAt: at,
    }
    await this.#ports.store.addConsoleSession(session, boundsAt(at))
    return { cookie, expiresAt: Math.min(endOf(session), endOfCredential({ key, principal })) }
  }

  recognizes(presented: PresentedCookie): boolean {
    return this.#cookies.idHash(presented) !== undefined
  }

  async verify(presented: PresentedSession): Promise<SessionCaller | undefined> {
    const { at, active } = presented
    const idHash = this.#cookies.idHash(presented)
    const session = idHash && (await this.#ports.store.consoleSession(idHash))
    if (!session) return undefined

    const credential = await this.#ports.store.credential(session.accessKeyId)
    if (!credential || !isValid(session, credential, presented)) {
      await this.#ports.store.endConsoleSession(session.idHash)
      return undefined
    }
    this.#ports.usage.note(credential.key, at)
    const seen = seenIn(session, active, at)
    if (mustWrite(session, seen)) await this.#ports.store.consoleSessionSeen(session.idHash, at)
    return { ...credential, expiresAt: Math.min(endOf(seen), endOfCredential(credential)) }
  }

  async end(presented: PresentedCookie): Promise<void> {
    const idHash = this.#cookies.idHash(presented)
    if (idHash !== undefined) await this.#ports.store.endConsoleSession(idHash)
  }
}

const isValid = (session: ConsoleSession, credential: Credential, moment: Moment): boolean =>
  isLive(session, moment) &&
  isUsable(credential, moment) &&
  isWithin(credential.principal, moment) &&
  session.policyHash === hashOfPolicy(credential.principal.policy)

const hashOfPolicy = (policy: PolicyDocument): string => hashOf(JSON.stringify(policy))
