import t from 'tap'
import { foldName, userId } from '../../src/model/identity.ts'
import type { IdOf, StoredKind } from '../../src/model/policy-data.ts'
import { accessKeyId } from '../../src/model/principal.ts'
import { roleId } from '../../src/model/role.ts'
import {
  isStoredKind,
  nameSubject,
  namesOrganization,
  type Subject,
  subjectOf,
} from '../../src/model/subject.ts'

/** A value of each kind, and its subject. All gateways of a store must use the same text. */
const SUBJECTS: { readonly [Kind in StoredKind]: readonly [IdOf<Kind>, string][] } = {
  'access-control': [['rules', 'access-control:rules']],
  credential: [[accessKeyId('AKIAAAAAAAAAAAAAAAAA'), 'credential:AKIAAAAAAAAAAAAAAAAA']],
  identity: [['ref' as IdOf<'identity'>, 'identity:ref']],
  name: [
    [{ kind: 'PrimarySmtpAddress', value: 'Ann@example.com' }, 'address:ann@example.com'],
    [{ kind: 'SmtpAddress', value: 'Ann@example.com' }, 'address:ann@example.com'],
    [{ kind: 'PrincipalName', value: 'Ann@corp.example' }, 'principal:ann@corp.example'],
    [{ kind: 'SID', value: 'S-1-5-21-1-2-3-1001' }, 'sid:s-1-5-21-1-2-3-1001'],
  ],
  protection: [['list', 'protection:list']],
  role: [[roleId('r-1'), 'role:r-1']],
  'role-name': [['Backup', 'role-name:backup']],
  subscription: [['hash', 'subscription:hash']],
  user: [[userId('u-1'), 'user:u-1']],
}

t.test('each value in the store has the subject that its changes name', async t => {
  for (const [kind, values] of Object.entries(SUBJECTS)) {
    t.ok(isStoredKind(kind as StoredKind), kind)
    for (const [id, expected] of values)
      t.equal(subjectOf(kind as StoredKind, id as never), expected, expected)
  }
  for (const kind of ['mailbox-owners', 'content-classes', 'stored-items'] as const)
    t.notOk(isStoredKind(kind), kind)
})

t.test('a name has one subject, however it is written', async t => {
  for (const name of ['Ann@Example.com', 'ANN@example.COM'])
    t.equal(nameSubject('address', name), `address:${foldName('ann@example.com')}`)
  t.not(nameSubject('principal', 'ann@example.com'), nameSubject('address', 'ann@example.com'))
})

t.test('only keys and external identities tell their organization', async t => {
  const telling = Object.values(SUBJECTS)
    .flatMap(values => values.map(([, text]) => text))
    .filter(text => namesOrganization(text as Subject))
  t.strictSame(telling, ['credential:AKIAAAAAAAAAAAAAAAAA', 'identity:ref'])
})
