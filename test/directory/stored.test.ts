import t from 'tap'
import { StoredDirectory } from '../../src/directory/stored.ts'
import { type ConnectingSid, organizationId } from '../../src/model/identity.ts'
import { openSqlite } from '../../src/store/sqlite.ts'

const organization = organizationId('m-0123456789abcdef0123456789abcdef')
const store = await openSqlite(':memory:')
t.teardown(() => store.close())

const [ceo] = (
  await store.importUsers(
    organization,
    [
      {
        primarySmtpAddress: 'ceo@example.com',
        aliases: ['boss@example.com'],
        principalName: 'ceo@corp.example.com',
        sid: 'S-1-5-21-7',
      },
    ],
    { dryRun: false, deleteMissing: false },
  )
).created
if (ceo === undefined) throw new TypeError('The import made nobody')
const directory = new StoredDirectory(store)

for (const [kind, value, found] of [
  ['PrimarySmtpAddress', 'ceo@example.com', true],
  ['PrimarySmtpAddress', 'Boss@Example.com', true],
  ['SmtpAddress', 'boss@example.com', true],
  ['PrincipalName', 'CEO@corp.example.com', true],
  ['SID', 'S-1-5-21-7', true],
  ['PrincipalName', 'ceo@example.com', false],
  ['SID', 'ceo@example.com', false],
  ['SmtpAddress', 'ceo@corp.example.com', false],
  ['SmtpAddress', 'nobody@example.com', false],
] as const satisfies readonly (readonly [ConnectingSid['kind'], string, boolean])[]) {
  t.strictSame(
    await directory.resolve(organization, { kind, value }),
    found ? ceo : undefined,
    `StoredDirectory resolve() ${found ? 'finds' : 'does not know'} ${kind} ${value}`,
  )
}

t.strictSame(await directory.user(organization, ceo.id), ceo, 'StoredDirectory user() reads by id')

t.strictSame(
  await directory.resolveAddresses(organization, ['no@example.com', 'Boss@example.com']),
  [undefined, ceo],
  'StoredDirectory resolveAddresses() finds each as resolve() does',
)
t.strictSame(await directory.users(organization, [ceo.id]), [ceo], 'StoredDirectory users()')

t.test('StoredDirectory passes on that the store cannot tell', async t => {
  const closed = await openSqlite(':memory:')
  await closed.close()
  await t.rejects(
    new StoredDirectory(closed).resolve(organization, { kind: 'SID', value: 'S-1-5-21-7' }),
    { name: 'Failure', reason: 'policy-unavailable' },
  )
})
