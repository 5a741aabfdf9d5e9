/** Tests the contract of a store of external identities. */

import type { Test } from 'tap'
import {
  accountReference,
  type DirectoryAccount,
  subjectReference,
  type TokenSubject,
} from '../../src/model/external-identity.ts'
import { principalId } from '../../src/model/principal.ts'
import { ConflictError } from '../../src/store/store.ts'
import { elsewhere, organization, principal } from './samples.ts'
import type { Open } from './suite.ts'

const account: DirectoryAccount = {
  kind: 'directory-account',
  sid: 'S-1-5-21-1-2-3-1104',
  names: ['svc@example.com', 'EXAMPLE\\svc'],
}
const subject: TokenSubject = {
  kind: 'token-subject',
  issuer: 'https://issuer.example.com',
  claim: 'appid',
  subject: 'app-1',
}
const other = { ...principal, id: principalId('11111111-1111-4111-8111-111111111111'), name: 'B' }

export async function identitySuite(t: Test, open: Open): Promise<void> {
  const opened = async (t: Test) => {
    const store = await open(t)
    await store.putPrincipal(principal)
    await store.putIdentities(organization, principal.id, [account, subject])
    return store
  }

  t.test('identity() finds an account by each of its names, and a subject', async t => {
    const store = await opened(t)
    for (const name of ['SVC@Example.com', 'example\\SVC'])
      t.strictSame(
        await store.identity(accountReference(name)),
        { identity: account, principal },
        name,
      )
    const { issuer, claim } = subject
    const reference = subjectReference(issuer, claim, 'app-1')
    t.strictSame(await store.identity(reference), { identity: subject, principal })
    for (const [what, wrong] of [
      ['a bare name', accountReference('svc')],
      ['another claim', subjectReference(issuer, 'sub', 'app-1')],
      ['another case', subjectReference(issuer, claim, 'APP-1')],
      ['another issuer', subjectReference('https://issuer', claim, 'app-1')],
    ] as const)
      t.equal(await store.identity(wrong), undefined, what)
    t.strictSame(await store.identitiesOf(organization, principal.id), [account, subject])
    t.strictSame(await store.identitiesOf(elsewhere, principal.id), [])
    t.same(
      new Set(await store.identities(organization)),
      new Set([
        { identity: account, principal },
        { identity: subject, principal },
      ]),
    )
  })

  t.test('putIdentities() replaces the identities, and invalidates all of them', async t => {
    const store = await opened(t)
    const version = await store.policyVersion(organization)
    await store.putIdentities(organization, principal.id, [account, subject])
    t.equal(await store.policyVersion(organization), version, 'nothing changed')
    const renamed = { ...account, names: ['svc2@example.com'] }
    await store.putIdentities(organization, principal.id, [renamed])
    t.equal(await store.identity(accountReference('svc@example.com')), undefined)
    t.strictSame(await store.identitiesOf(organization, principal.id), [renamed])
    const [change] = await store.changesSince(organization, version)
    t.same(
      new Set(change?.subjects),
      new Set([
        'identity:account:svc@example.com',
        'identity:account:example\\svc',
        'identity:account:svc2@example.com',
        'identity:sid:S-1-5-21-1-2-3-1104',
        'identity:token:["https://issuer.example.com","appid","app-1"]',
      ]),
    )
    await store.putIdentities(organization, principal.id, [])
    t.strictSame(await store.identities(organization), [])
  })

  t.test('P5 a change of the principal invalidates its identities', async t => {
    const store = await opened(t)
    const version = await store.policyVersion(organization)
    await store.putPrincipal({ ...principal, enabled: false })
    await store.deletePrincipal(organization, principal.id)
    const changes = await store.changesSince(organization, version)
    for (const { subjects } of changes)
      t.ok(subjects?.includes('identity:account:svc@example.com' as never))
    t.equal(changes.length, 2)
    t.equal(await store.identity(accountReference('svc@example.com')), undefined)
    t.strictSame(await store.identities(organization), [])
  })

  t.test('putIdentities() rejects what another principal has', async t => {
    const store = await opened(t)
    await store.putPrincipal(other)
    const foreign = { ...principal, id: principalId('p-elsewhere'), organizationId: elsewhere }
    await store.putPrincipal(foreign)
    const taken = 'Another principal is bound to the account, name, or subject'
    for (const [what, identities, conflicts] of [
      ['the account', [{ ...account, names: [] }], [{ index: 0, message: taken }]],
      [
        'a name',
        [subject, { ...account, sid: 'S-1-5-21-1-2-3-9', names: ['SVC@example.com'] }],
        [
          { index: 0, message: taken },
          { index: 1, message: taken },
        ],
      ],
    ] as const)
      for (const { organizationId, id } of [other, foreign])
        await t.rejects(
          store.putIdentities(organizationId, id, identities),
          new ConflictError(conflicts),
          what,
        )
    await t.rejects(
      store.putIdentities(organization, other.id, [account, { ...account, names: [] }]),
      new ConflictError([
        { index: 0, message: taken },
        { index: 1, message: 'An account, name, or subject appears twice' },
      ]),
    )
    await t.rejects(
      store.putIdentities(elsewhere, other.id, []),
      new ConflictError([{ index: 0, message: `There is no principal ${other.id}` }]),
    )
  })
}
