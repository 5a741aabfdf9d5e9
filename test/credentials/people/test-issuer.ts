/**
 * An issuer whose next response a test chooses, for the limits that a real one can't show.
 *
 * @module
 */

import { StoredConsoleSessions } from '../../../src/credentials/console-sessions.ts'
import { Grants } from '../../../src/credentials/people/grants.ts'
import type { Issuer, IssuerAnswer } from '../../../src/credentials/people/issuer.ts'
import { PersonChecks } from '../../../src/credentials/people/person-checks.ts'
import { administratorPolicy } from '../../../src/policy/administrator.ts'
import { ORGANIZATION, openFixture } from '../fixture.ts'

export const CHALLENGE = { state: 'a state', nonce: 'a nonce', verifier: 'a verifier' } as const
export const CLAIMS = { iss: 'https://login.example.com', sub: 'ann', groups: ['administrators'] }
export const PERSON = { issuer: CLAIMS.iss, subject: 'ann', displayName: 'ann' } as const
const GRANT = {
  claim: 'groups',
  value: 'administrators',
  organizationId: ORGANIZATION,
  policy: administratorPolicy(ORGANIZATION, { mayImpersonate: false }),
}

export const accepted = (claims = CLAIMS, refresh?: string): IssuerAnswer => ({
  kind: 'accepted',
  claims,
  tokens: { id: 'new ID', ...(refresh !== undefined && { refresh }) },
})

class TestIssuer implements Issuer {
  /** May be set. */
  answer: () => Promise<IssuerAnswer> = async () => accepted()
  /** Refresh tokens and queries that it got. */
  readonly received: string[] = []

  challenge = () => CHALLENGE

  async authorizationUrl({ state }: typeof CHALLENGE) {
    return `${CLAIMS.iss}/auth?state=${state}`
  }

  redeem(query: string) {
    this.received.push(query)
    return this.answer()
  }

  refresh(token: string) {
    this.received.push(token)
    return this.answer()
  }

  async signOutUrl(token: string) {
    return `${CLAIMS.iss}/end?token=${token}`
  }
}

/** Sessions of people in a store of their own. */
export async function openPeople() {
  const fixture = await openFixture()
  const { store, masterKey, usage } = fixture
  const issuer = new TestIssuer()
  const grants = new Grants([GRANT])
  const checks = new PersonChecks({ store, masterKey, issuer, grants })
  const ports = { store, masterKey, usage }
  const sessions = new StoredConsoleSessions({ ...ports, accessKeys: false, people: checks })
  return { ...fixture, issuer, grants, ports, checks, sessions }
}
