/**
 * Actions on external identities: accounts of a directory, and token subjects, that sign in as a principal.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import type { z } from 'zod'
import { type ExternalIdentity, isUnreadable } from '../model/external-identity.ts'
import { ConflictError } from '../store/store.ts'
import { type Action, action } from './action.ts'
import { replace, versionOf } from './concurrency.ts'
import * as contract from './contract/identities.ts'
import { findPrincipal } from './principals.ts'
import { requireNoExcess, requireNoLonger, requireReadable } from './privilege.ts'
import { invalid } from './problems.ts'

const listIdentities = action(contract.listIdentities, async (call, { PrincipalId }) => {
  const { id } = await findPrincipal(call, PrincipalId)
  const identities = await call.ports.store.identitiesOf(call.organization.id, id)
  const readable = identities.filter(one => !isUnreadable(one))
  return {
    Identities: readable.map(onWire),
    ...(readable.length < identities.length && { Unreadable: true as const }),
    Version: versionOf(identities),
  }
})

const putIdentities = action(
  contract.putIdentities,
  async (call, { PrincipalId, Identities, ExpectedVersion }) => {
    const principal = await findPrincipal(call, PrincipalId)
    const { id, name, policy } = principal
    const { before, after } = await replace({
      expected: ExpectedVersion,
      read: () => call.ports.store.identitiesOf(call.organization.id, id),
      versionOf,
      write: async present => {
        requireReadable(principal)
        if (Identities.length > 0 && present.some(isUnreadable))
          throw invalid(
            'This version of the gateway does not understand one of the present identities. Remove all of them first, by an empty list',
          )
        const identities = Identities.map(fromWire)
        const isKnown = (one: ExternalIdentity) => present.some(of => isDeepStrictEqual(of, one))
        if (!identities.every(isKnown)) {
          requireNoExcess(call, policy)
          requireNoLonger(call, principal)
        }
        await call.ports.store.putIdentities(call.organization.id, id, identities).catch(explain)
        return identities
      },
    })
    call.changed({ id, name, identities: before }, { id, name, identities: after })
    return { Version: versionOf(after) }
  },
)

export const IDENTITY_ACTIONS: readonly Action[] = [listIdentities, putIdentities]

type Wire = z.output<typeof contract.putIdentities.input>['Identities'][number]

function fromWire({ DirectoryAccount: account, TokenSubject: token }: Wire): ExternalIdentity {
  if (account !== undefined)
    return { kind: 'directory-account', sid: account.Sid, names: account.Names }
  if (token === undefined) throw new TypeError('The schema accepts no identity without a kind')
  const { Issuer, Claim, Subject } = token
  return { kind: 'token-subject', issuer: Issuer, claim: Claim, subject: Subject }
}

const onWire = (identity: ExternalIdentity): Wire =>
  identity.kind === 'directory-account'
    ? { DirectoryAccount: { Sid: identity.sid, Names: [...identity.names] } }
    : {
        TokenSubject: {
          Issuer: identity.issuer,
          Claim: identity.claim,
          Subject: identity.subject,
        },
      }

/** @throws ApiError if another principal has one of the identities */
function explain(error: unknown): never {
  if (!(error instanceof ConflictError)) throw error
  throw invalid(...error.conflicts.map(({ index, message }) => `Identities[${index}]: ${message}`))
}
