/**
 * Confirmations of the console sessions of people.
 *
 * The issuer confirms a session at least every five minutes while it is in use. If it doesn't, the session ends. While
 * the issuer doesn't respond, a session that it must confirm can't be used.
 *
 * @module
 */

import type { Principal } from '../../model/principal.ts'
import { type ConsoleSessionStore, isOfPerson, type PersonSession } from '../../store/store.ts'
import type { SessionPeople } from '../console-sessions.ts'
import { IssuerUnavailable } from '../credentials.ts'
import type { MasterKey } from '../master-key.ts'
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

/** Dependencies of {@link PersonChecks}. */
export type PersonCheckPorts = Readonly<{
  store: ConsoleSessionStore
  masterKey: MasterKey
  issuer: Issuer
  grants: Grants
}>

export class PersonChecks implements SessionPeople {
  readonly #ports: PersonCheckPorts
  /** Checks of this process, by session. */
  readonly #checks = new Map<string, Promise<PersonSession | undefined>>()

  constructor(ports: PersonCheckPorts) {
    this.#ports = ports
  }

  async principalOf(session: PersonSession, at: number): Promise<Principal | undefined> {
    const { person, grants } = session.holder
    const principal = this.#ports.grants.principal(person, grants)
    if (principal === undefined || (await this.#confirmed(session, at)) === undefined)
      return undefined
    return principal
  }

  seal(tokens: IssuerTokens): Uint8Array {
    return this.#ports.masterKey.seal('person-tokens', Buffer.from(JSON.stringify(tokens)))
  }

  unseal({ sealedTokens }: PersonSession): IssuerTokens {
    const bytes = this.#ports.masterKey.unseal('person-tokens', sealedTokens)
    return JSON.parse(Buffer.from(bytes).toString())
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
      const present = await store.consoleSession(session.idHash)
      if (present === undefined || !isOfPerson(present)) return undefined
      if (present.checkedAt !== session.checkedAt) return present
      if (Math.abs(now - session.checkedAt) < CONFIRMED_MS) return session
      await new Promise(resolve => setTimeout(resolve, LOOK_MS))
    }
    throw new IssuerUnavailable('Another gateway waits for the issuer')
  }

  /** Returns the session if the issuer gives new tokens for the same person with the same grants. */
  async #ask(session: PersonSession, at: number): Promise<PersonSession | undefined> {
    const { store, issuer, grants } = this.#ports
    const {
      idHash,
      holder: { person, grants: granted },
    } = session
    let confirmed: PersonSession | undefined
    try {
      const { refresh } = this.unseal(session)
      const answer = refresh === undefined ? undefined : await issuer.refresh(refresh)
      if (answer?.kind !== 'accepted') return undefined
      const { issuer: by, subject } = personIn(answer.claims)
      const isSame = by === person.issuer && subject === person.subject
      if (!isSame || String(grants.matching(answer.claims)) !== String(granted)) return undefined
      confirmed = { ...session, checkedAt: at, sealedTokens: this.seal(answer.tokens) }
      return confirmed
    } finally {
      await store.releasePersonCheck(idHash, confirmed)
    }
  }
}
