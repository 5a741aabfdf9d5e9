/**
 * Signs people in to the console at an OpenID Connect issuer.
 *
 * @module
 */

import type { BroughtResponse, PersonSignIn, SignInResult } from '../credentials.ts'
import type { MasterKey } from '../master-key.ts'
import type { PresentedCookie } from '../session-cookie.ts'
import { type Grants, personIn } from './grants.ts'
import type { Issuer } from './issuer.ts'
import { sealPending, unsealPending } from './pending.ts'
import type { PersonSessions } from './person-sessions.ts'

/** Dependencies of {@link IssuerSignIn}. */
export type SignInPorts = Readonly<{
  issuerName: string
  issuer: Issuer
  grants: Grants
  sessions: PersonSessions
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

  async begin(secure: boolean, at: number) {
    const { issuer, masterKey } = this.#ports
    const challenge = issuer.challenge()
    const url = await issuer.authorizationUrl(challenge)
    return { url, cookie: sealPending(masterKey, { challenge, secure, at }) }
  }

  async finish({ cookie = '', query, secure, at }: BroughtResponse): Promise<SignInResult> {
    const { issuer, grants, sessions, masterKey } = this.#ports
    const challenge = unsealPending(masterKey, { cookie, secure, at })
    const states = new URLSearchParams(query).getAll('state')
    if (challenge === undefined || states.length !== 1 || states[0] !== challenge.state)
      return { kind: 'failed', problem: 'expired' }

    const answer = await issuer.redeem(query, challenge)
    if (answer.kind !== 'accepted')
      return { kind: 'failed', problem: answer.kind, cause: answer.cause }
    const person = personIn(answer.claims)
    const matching = grants.matching(answer.claims)
    const principal = grants.principal(person, matching)
    if (principal === undefined) return { kind: 'failed', problem: 'no-access', person }
    const begin = () => sessions.beginFor(person, matching, answer.tokens, { secure, at })
    return { kind: 'identified', principal, person, begin }
  }

  async signOutUrl(presented: PresentedCookie): Promise<string | undefined> {
    const token = await this.#ports.sessions.idToken(presented)
    return token === undefined ? undefined : await this.#ports.issuer.signOutUrl(token)
  }
}
