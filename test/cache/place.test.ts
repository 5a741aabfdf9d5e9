/**
 * Keys of subjects, which all gateways of a store use, and the values that belong to an organization.
 */

import t from 'tap'
import { ANY, keyOf, localKeysOf, placeOf } from '../../src/cache/place.ts'
import { isStored, ownedBy, type StoredSubject, targetOf } from '../../src/cache/target.ts'
import type { IdentityReference } from '../../src/model/external-identity.ts'
import type { MissingSubject } from '../../src/model/policy-data.ts'
import { accessKeyId } from '../../src/model/principal.ts'
import { roleId } from '../../src/model/role.ts'
import { credentialSubject, identitySubject, roleSubject } from '../../src/model/subject.ts'
import { elsewhere, organization, principal } from '../store/samples.ts'

const KEY = accessKeyId('AKIAAAAAAAAAAAAAAAAA')
const ROLE = roleSubject(roleId('r'))
const CREDENTIAL = credentialSubject(KEY)
const IDENTITY = identitySubject('sid:S-1' as IdentityReference)

for (const [of, subject, key, local] of [
  [organization, ROLE, `${organization} role:r`, [`${organization} role:r`]],
  [
    organization,
    CREDENTIAL,
    `* credential:${KEY}`,
    [`${organization} credential:${KEY}`, `* credential:${KEY}`],
  ],
  [
    organization,
    IDENTITY,
    '* identity:sid:S-1',
    [`${organization} identity:sid:S-1`, '* identity:sid:S-1'],
  ],
] as const) {
  t.equal(keyOf(placeOf(of, subject)), key, `placeOf() ${subject}`)
  t.strictSame(localKeysOf(of, subject), local, `localKeysOf() ${subject}`)
}
t.equal(keyOf(placeOf(undefined, CREDENTIAL)), `* credential:${KEY}`)
t.equal(keyOf(placeOf(undefined, ROLE)), '* role:r')

for (const [subject, expected] of [
  [{ kind: 'role', id: roleId('r') }, true],
  [{ kind: 'credential', id: KEY }, true],
  [{ kind: 'freshness', version: 1 }, false],
  [{ kind: 'epoch', id: 'current' }, false],
] as const satisfies readonly (readonly [MissingSubject, boolean])[])
  t.equal(isStored(subject), expected, `isStored() of ${subject.kind}`)

const credential = { principal }
for (const kind of ['credential', 'identity'] as const)
  for (const [what, of, value, expected] of [
    ['of its organization', organization, credential, { value: credential, organization }],
    ['of another', elsewhere, credential, { value: undefined, organization: elsewhere }],
    ['of any', ANY, credential, { value: credential, organization }],
    ['that does not exist', organization, undefined, { value: undefined, organization }],
    ['of any, that does not exist', ANY, undefined, { value: undefined, organization: undefined }],
  ] as const) {
    const target = targetOf(of, { kind, id: KEY } as unknown as StoredSubject)
    t.strictSame(ownedBy(target, value), expected, `ownedBy(): one ${kind} ${what}`)
  }
t.strictSame(
  ownedBy(targetOf(elsewhere, { kind: 'role', id: roleId('r') }), credential),
  { value: credential, organization: elsewhere },
  'ownedBy(): others are of the organization in which they are looked up',
)
