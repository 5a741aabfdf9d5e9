/**
 * Sessions of the console, with a cookie in place of the secret.
 *
 * The store has a row for each session, so a session ends on all gateways. The permissions of its key, or of its
 * person's grants, are read again for each request.
 *
 * @module
 */

import type { PolicyDocument } from '../model/iam.ts'
import { type Credential, endOfCredential, isUsable, type Principal } from '../model/principal.ts'
import { isWithin } from '../model/validity.ts'
import {
  type ConsoleSession,
  type ConsoleSessionStore,
  type CredentialReader,
  isOfPerson,
  type KeyHolder,
  type PersonHolder,
  type PersonSession,
} from '../store/store.ts'
import type {
  BegunSession,
  ConsoleSessions,
  Identified,
  PresentedSession,
  SessionCaller,
} from './credentials.ts'
import type { KeyUsage } from './key-usage.ts'
import type { MasterKey } from './master-key.ts'
import { hashOf, type PresentedCookie, SessionCookies } from './session-cookie.ts'
import { boundsAt, endOf, isLive, mustWrite, seenIn } from './session-life.ts'

/** Finds out who a person is now. */
export interface SessionPeople {
  /**
   * Returns the person as a principal; undefined if the session has ended.
   *
   * @throws IssuerUnavailable if the issuer must confirm the session and doesn't respond
   */
  principalOf(session: PersonSession, at: number): Promise<Principal | undefined>
}

/** Dependencies of {@link StoredConsoleSessions}. */
export type SessionPorts = Readonly<{
  store: ConsoleSessionStore & CredentialReader
  masterKey: MasterKey
  usage: KeyUsage
  /** Whether access keys can sign in to the console. If they can't, their sessions end. */
  accessKeys: boolean
  /** Absent if no issuer is configured. The sessions of people end then. */
  people?: SessionPeople
}>

/** Console sessions in the store that all gateways share. */
export class StoredConsoleSessions implements ConsoleSessions {
  readonly #ports: SessionPorts
  readonly #cookies: SessionCookies

  constructor(ports: SessionPorts) {
    this.#ports = ports
    this.#cookies = new SessionCookies(ports.masterKey)
  }

  async begin(credential: Credential, secure: boolean, at: number): Promise<BegunSession> {
    const { key, principal } = credential
    const { idHash, cookie } = this.#cookies.make(secure)
    const policyHash = hashOfPolicy(principal.policy)
    const holder: KeyHolder = { kind: 'key', accessKeyId: key.id, policyHash }
    const session: ConsoleSession = { idHash, holder, createdAt: at, seenAt: at }
    await this.#ports.store.addConsoleSession(session, boundsAt(at))
    return { cookie, expiresAt: Math.min(endOf(session), endOfCredential(credential)) }
  }

  /** Starts the session of a person that the issuer has identified. @param sealedTokens - tokens of the issuer */
  async beginFor(
    { person, grants }: Omit<PersonHolder, 'kind'>,
    sealedTokens: Uint8Array,
    { secure, at }: Readonly<{ secure: boolean; at: number }>,
  ): Promise<BegunSession> {
    const { idHash, cookie } = this.#cookies.make(secure)
    const holder: PersonHolder = { kind: 'person', person, grants }
    const times = { createdAt: at, seenAt: at, checkedAt: at }
    const session: PersonSession = { idHash, holder, sealedTokens, ...times }
    await this.#ports.store.addConsoleSession(session, boundsAt(at))
    return { cookie, expiresAt: endOf(session) }
  }

  recognizes(presented: PresentedCookie): boolean {
    return this.#cookies.idHash(presented) !== undefined
  }

  async verify(presented: PresentedSession): Promise<SessionCaller | undefined> {
    const { store } = this.#ports
    const { at, active } = presented
    const session = await this.find(presented)
    if (session === undefined) return undefined

    const caller = await this.#callerOf(session, presented)
    if (caller === undefined) {
      await store.endConsoleSession(session.idHash)
      return undefined
    }
    const seen = seenIn(session, active, at)
    if (mustWrite(session, seen)) await store.consoleSessionSeen(session.idHash, at)
    const end = caller.key ? endOfCredential(caller) : Number.POSITIVE_INFINITY
    return { ...caller, expiresAt: Math.min(endOf(seen), end) }
  }

  async end(presented: PresentedCookie): Promise<void> {
    const idHash = this.#cookies.idHash(presented)
    if (idHash !== undefined) await this.#ports.store.endConsoleSession(idHash)
  }

  /** Returns the session of a cookie, which may have ended; undefined if the store has none. */
  async find(presented: PresentedCookie): Promise<ConsoleSession | undefined> {
    const idHash = this.#cookies.idHash(presented)
    return idHash === undefined ? undefined : await this.#ports.store.consoleSession(idHash)
  }

  /** Returns the holder of a session; undefined if the session has ended. */
  async #callerOf(
    session: ConsoleSession,
    presented: PresentedSession,
  ): Promise<Identified | undefined> {
    if (!isLive(session, presented)) return undefined
    if (isOfPerson(session)) {
      const principal = await this.#ports.people?.principalOf(session, presented.at)
      return principal && { principal, person: session.holder.person }
    }
    return await this.#credentialOf(session.holder, presented)
  }

  async #credentialOf(
    { accessKeyId, policyHash }: KeyHolder,
    presented: PresentedSession,
  ): Promise<Credential | undefined> {
    const { store, usage, accessKeys } = this.#ports
    const credential = accessKeys ? await store.credential(accessKeyId) : undefined
    if (credential === undefined || !isUsable(credential, presented)) return undefined
    const { key, principal } = credential
    if (!isWithin(principal, presented) || policyHash !== hashOfPolicy(principal.policy))
      return undefined
    usage.note(key, presented.at)
    return credential
  }
}

const hashOfPolicy = (policy: PolicyDocument): string => hashOf(JSON.stringify(policy))
