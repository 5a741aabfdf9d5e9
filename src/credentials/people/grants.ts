/**
 * Converts claims of a person to a policy.
 *
 * @module
 */

import { hash } from 'node:crypto'
import type { PolicyDocument } from '../../model/iam.ts'
import type { OrganizationId } from '../../model/identity.ts'
import type { Person } from '../../model/person.ts'
import { type Principal, principalId } from '../../model/principal.ts'
import { hashOf } from '../session-cookie.ts'
import type { Claims } from './issuer.ts'

/** A policy for everyone whose claim has a value. */
export type Grant = Readonly<{
  claim: string
  value: string
  organizationId: OrganizationId
  policy: PolicyDocument
}>

/** The configured grants. */
export class Grants {
  #byHash: ReadonlyMap<string, Grant> = new Map()

  constructor(grants: readonly Grant[]) {
    this.replace(grants)
  }

  /** Uses other grants from now on. A session ends if one of its grants is no longer there, or at its next check. */
  replace(grants: readonly Grant[]): void {
    this.#byHash = new Map(grants.map(grant => [hashOf(JSON.stringify(grant)), grant]))
  }

  /**
   * Returns the hashes of the grants that match, in the order of the configuration. The first one decides on the
   * organization.
   */
  matching(claims: Claims): readonly string[] {
    const matching = [...this.#byHash].filter(([, grant]) => matches(claims, grant))
    const [first] = matching
    return matching
      .filter(([, { organizationId }]) => organizationId === first?.[1].organizationId)
      .map(([hash]) => hash)
  }

  /**
   * Returns a person as a principal, which has the permissions of all grants.
   *
   * @param hashes - result of {@link matching}
   * @returns undefined if there are none, or if one of the grants is no longer configured
   */
  principal(person: Person, hashes: readonly string[]): Principal | undefined {
    const grants = hashes.map(one => this.#byHash.get(one)).filter(grant => grant !== undefined)
    const [first] = grants
    if (first === undefined || grants.length < hashes.length) return undefined
    return {
      id: personId(person),
      organizationId: first.organizationId,
      name: person.displayName,
      enabled: true,
      policy: {
        Version: '2012-10-17',
        Statement: grants.flatMap(({ policy }) => policy.Statement),
      },
    }
  }
}

/** Returns the person that claims describe. */
export function personIn(claims: Claims): Person {
  const { iss: issuer, sub: subject } = claims
  const names = [claims['name'], claims['preferred_username'], claims['email'], subject]
  const displayName = names.map(readable).find(name => name !== '') ?? subject
  return { issuer, subject, displayName }
}

const MAX_NAME = 128

/** Returns a name on one line, without characters that change the direction of text. */
const readable = (name: unknown): string =>
  typeof name === 'string'
    ? name
        .toWellFormed()
        .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '')
        .trim()
        .slice(0, MAX_NAME)
    : ''

/** Whether a claim is the value, or is a list that contains it. Compares exactly. */
function matches(claims: Claims, { claim, value }: Grant): boolean {
  const found = Object.hasOwn(claims, claim) ? claims[claim] : undefined
  return Array.isArray(found) ? found.includes(value) : found === value
}

/** Returns an ID that only this person has: a UUID, version 8, from issuer and subject. */
function personId({ issuer, subject }: Person): Principal['id'] {
  const hex = hash('sha256', JSON.stringify([issuer, subject]))
  const variant = '89ab'.charAt(Number(`0x${hex.charAt(16)}`) % 4)
  return principalId(
    `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`,
  )
}
