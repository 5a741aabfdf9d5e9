/**
 * Console sessions of people, on top of the sessions of access keys.
 *
 * The issuer confirms a session at least every five minutes while it is in use. If it doesn't, the session ends. While
 * the issuer doesn't respond, a session that it must confirm can't be used.
 *
 * @module
 */

import type { Person } from '../../model/person.ts'
import type { PersonSession, PersonSessionStore } from '../../store/store.ts'
import {
  type BegunSession,
  type ConsoleSessions,
  IssuerUnavailable,
  type PresentedSession,
  type SessionCaller,
} from '../credentials.ts'
import type { MasterKey } from '../master-key.ts'
import { type PresentedCookie, SessionCookies } from '../session-cookie.ts'
import { boundsAt, endOf, isLive, mustWrite, seenIn } from '../session-life.ts'
import { type Grants, personIn } from './grants.ts'
import type { Issuer, IssuerTokens } from './issuer.ts'

/** Maximum time for which a session is used without a confirmation of the issuer. */
const CONFIRMED_MS = 5 * 60_000
/** Time after which a gateway asks the issuer. Requests don't wait for the response until the maximum is reached. */
const ASK_AFTER_MS = 4 * 60_000
/** Time for which no other gateway asks. Longer than the issuer can take to respond. */
const CLAIM_MS = 30_000
/** Interval at which a gateway looks for the response that another one got. */
const LOOK_MS = 100

/** Dependencies of {@link PersonSessions}. */
export type PersonSessionPorts = Readonly<{
  store: PersonSessionStore
  masterKey: MasterKey
  issuer: Issuer
  grants: Grants
  /** Sessions of access keys; undefined if these can't sign in to the console. */
  keys: ConsoleSessions | undefined
}>

export class PersonSessions implements ConsoleSessions {
  readonly #ports: PersonSessionPorts
  readonly #cookies: SessionCookies
  /** Checks of this process, by session. */
  readonly #checks = new Map<string, Promise<PersonSession | undefined>>()

  constructor(ports: PersonSessionPorts) {
    this.#ports = ports
    this.#cookies = new SessionCookies(ports.masterKey, 'person ')
  }

  recognizes(presented: PresentedCookie): boolean {
    if (this.#cookies.idHash(presented) !== undefined) return true
    return this.#ports.keys?.recognizes(presented) ?? false
  }

  begin(...given: Parameters<ConsoleSessions['begin']>): Promise<BegunSession> {
    const { keys } = this.#ports
    if (keys === undefined) throw new TypeError('Access keys have no sessions')
    return keys.begin(...given)
  }

  async beginFor(
    person: Person,
    grants: readonly string[],
    tokens: IssuerTokens,
    { secure, at }: Readonly<{ secure: boolean; at: number }>,
  ): Promise<BegunSession> {
    const { idHash, cookie } = this.#cookies.make(secure)
    const session: PersonSession = {
      idHash,
      person,
      grants,
      sealedTokens: this.#seal(tokens),
      createdAt: at,
      seenAt: at,
      checkedAt: at,
    }
    await this.#ports.store.addPersonSession(session, boundsAt(at))
    return { cookie, expiresAt: endOf(session) }
  }

  async verify(presented: PresentedSession): Promise<SessionCaller | undefined> {
    const { store, keys, grants } = this.#ports
    const { at, active } = presented
    const idHash = this.#cookies.idHash(presented)
    if (idHash === undefined) return await keys?.verify(presented)
    const session = await store.personSession(idHash)
    if (session === undefined) return undefined

    const principal = grants.principal(session.person, session.grants)
    const isValid = principal !== undefined && isLive(session, presented)
    const confirmed = isValid ? await this.#confirmed(session, at) : undefined
    if (principal === undefined || confirmed === undefined) {
      await store.endPersonSession(idHash)
      return undefined
    }
    const seen = seenIn(session, active, at)
    if (mustWrite(session, seen)) await store.personSessionSeen(idHash, at)
    return { principal, person: session.person, expiresAt: endOf(seen) }
  }

  async end(presented: PresentedCookie): Promise<void> {
    const idHash = this.#cookies.idHash(presented)
    if (idHash === undefined) await this.#ports.keys?.end(presented)
    else await this.#ports.store.endPersonSession(idHash)
  }

  /** Returns the ID token of a person's session. */
  async idToken(presented: PresentedCookie): Promise<string | undefined> {
    const idHash = this.#cookies.idHash(presented)
    const session = idHash && (await this.#ports.store.personSession(idHash))
    return session ? this.#unseal(session).id : undefined
  }

  /**
   * Returns the session if the issuer has confirmed it recently enough; undefined if it has ended.
   *
   * @throws IssuerUnavailable
   */
  async #confirmed(session: PersonSession, at: number): Promise<PersonSession | undefined> {
    const age = Math.abs(at - session.checkedAt)
    if (age < ASK_AFTER_MS) return session
    const isUsable = age < CONFIRMED_MS
    const running = this.#checks.get(session.idHash)
    if (running !== undefined && isUsable) return session
    try {
      return await (running ?? this.#keepCheck(session, at))
    } catch (error) {
      if (isUsable && error instanceof IssuerUnavailable) return session
      throw error
    }
  }

  async #keepCheck(session: PersonSession, at: number): Promise<PersonSession | undefined> {
    const check = this.#check(session, at)
    this.#checks.set(session.idHash, check)
    return await check.finally(() => this.#checks.delete(session.idHash))
  }

  /** Asks the issuer, or waits until another gateway has asked it. */
  async #check(session: PersonSession, at: number): Promise<PersonSession | undefined> {
    const { store } = this.#ports
    for (let waited = 0; waited <= CLAIM_MS; waited += LOOK_MS) {
      const now = at + waited
      if (await store.claimPersonCheck(session, now, now + CLAIM_MS))
        return await this.#ask(session, at)
      const present = await store.personSession(session.idHash)
      if (present === undefined || present.checkedAt !== session.checkedAt) return present
      if (Math.abs(now - session.checkedAt) < CONFIRMED_MS) return session
      await new Promise(resolve => setTimeout(resolve, LOOK_MS))
    }
    throw new IssuerUnavailable('Another gateway waits for the issuer')
  }

  /** Returns the session if the issuer gives new tokens for the same person with the same grants. */
  async #ask(session: PersonSession, at: number): Promise<PersonSession | undefined> {
    const { store, issuer, grants } = this.#ports
    const { idHash, person } = session
    let confirmed: PersonSession | undefined
    try {
      const { refresh } = this.#unseal(session)
      const answer = refresh === undefined ? undefined : await issuer.refresh(refresh)
      if (answer?.kind !== 'accepted') return undefined
      const { issuer: by, subject } = personIn(answer.claims)
      const isSame = by === person.issuer && subject === person.subject
      if (!isSame || String(grants.matching(answer.claims)) !== String(session.grants))
        return undefined
      confirmed = { ...session, checkedAt: at, sealedTokens: this.#seal(answer.tokens) }
      return confirmed
    } finally {
      await store.releasePersonCheck(idHash, confirmed)
    }
  }

  #seal(tokens: IssuerTokens): Uint8Array {
    return this.#ports.masterKey.seal('person-tokens', Buffer.from(JSON.stringify(tokens)))
  }

  #unseal({ sealedTokens }: PersonSession): IssuerTokens {
    const bytes = this.#ports.masterKey.unseal('person-tokens', sealedTokens)
    return JSON.parse(Buffer.from(bytes).toString())
  }
}
