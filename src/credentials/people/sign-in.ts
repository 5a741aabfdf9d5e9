/**
 * Signs people in to the console at an OpenID Connect issuer.
 *
 * @module
 */

import { isOfPerson } from '../../store/store.ts'
import type { StoredConsoleSessions } from '../console-sessions.ts'
import type {
  BeginningSignIn,
  BroughtResponse,
  PersonSignIn,
  SignInResult,
} from '../credentials.ts'
import type { MasterKey } from '../master-key.ts'
import type { PresentedCookie } from '../session-cookie.ts'
import { type Grants, personIn } from './grants.ts'
import type { Issuer } from './issuer.ts'
import { sealPending, unsealPending } from './pending.ts'
import type { PersonChecks } from './person-checks.ts'

/** Dependencies of {@link IssuerSignIn}. */
export type SignInPorts = Readonly<{
  issuerName: string
  issuer: Issuer
  grants: Grants
  sessions: StoredConsoleSessions
  checks: PersonChecks
  masterKey: MasterKey
}>

export class IssuerSignIn implements PersonSignIn {
  readonly #ports: SignInPorts

  constructor(ports: SignInPorts) {
    this.#ports = ports
  }

  get issuerName(): string {
    return this.#ports.issuerName
  }

  async begin(beginning: BeginningSignIn) {
    const { issuer, masterKey } = this.#ports
    const challenge = issuer.challenge()
    const url = await issuer.authorizationUrl(challenge)
    return { url, cookie: sealPending(masterKey, { challenge, ...beginning }) }
  }

  async finish({ cookie = '', query, secure, at }: BroughtResponse): Promise<SignInResult> {
    const { issuer, grants, sessions, checks, masterKey } = this.#ports
    const pending = unsealPending(masterKey, { cookie, secure, at })
    const states = new URLSearchParams(query).getAll('state')
    if (pending === undefined || states.length !== 1 || states[0] !== pending.challenge.state)
      return { kind: 'failed', problem: 'expired' }

    const answer = await issuer.redeem(query, pending.challenge)
    if (answer.kind !== 'accepted')
      return { kind: 'failed', problem: answer.kind, cause: answer.cause }
    const person = personIn(answer.claims)
    const matching = grants.matching(answer.claims)
    const principal = grants.principal(person, matching)
    if (principal === undefined) return { kind: 'failed', problem: 'no-access', person }
    const begin = async () => {
      if (pending.session !== undefined) await sessions.end({ cookie: pending.session, secure })
      const sealed = checks.seal(answer.tokens)
      return await sessions.beginFor({ person, grants: matching }, sealed, { secure, at })
    }
    return { kind: 'identified', principal, person, begin }
  }

  async signOutUrl(presented: PresentedCookie): Promise<string | undefined> {
    const { sessions, checks, issuer } = this.#ports
    const session = await sessions.find(presented)
    if (session === undefined || !isOfPerson(session)) return undefined
    return await issuer.signOutUrl(checks.unseal(session).id)
  }
}
