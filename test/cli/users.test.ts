import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { newEpoch } from '../../src/cli/admin.ts'
import { openToRead } from '../../src/cli/stores.ts'
import { syncDirectory } from '../../src/cli/sync-directory.ts'
import { exportUsers, type ImportSettings, importUsers, UsersError } from '../../src/cli/users.ts'
import { loadConfig } from '../../src/config/load.ts'
import { organizationId } from '../../src/model/identity.ts'

const ID = 'm-0123456789abcdef0123456789abcdef'
const HEADER = 'id,primarySmtpAddress,aliases,principalName,sid,displayName'
const ALICE =
  ',alice@example.com,al@example.com;a@example.com,alice@corp.example.com,S-1-5-21-1-1,Alice'
const BOB = ',bob@example.com,,,,"Bob, the ""builder"""'

const folder = t.testdir({
  password: 'correct-horse-battery',
  'gateway.yaml': `organizations:
  - id: ${ID}
    alias: Example
    upstream:
      url: https://mail.example.com/EWS/Exchange.asmx
      authentication: { kind: basic, username: svc, password: { file: password } }
      serviceAddresses: [svc@example.com]
`,
})
const masterKey = join(folder, 'data/master.key')
const csvFile = join(folder, 'users.csv')
const config = loadConfig({ file: 'gateway.yaml', env: {}, cwd: folder })

const NO_STORE = `Cannot find the store ${join(folder, 'data/gateway.db')}. If there is a store, correct the configuration key "store"; otherwise start the gateway or import users to create one.`

/** Runs a command and gives what it printed. */
async function printed(run: (output: Parameters<typeof exportUsers>[2]) => Promise<void>) {
  let text = ''
  await run({
    print: chunk => {
      text += chunk
    },
    warn: line => t.fail(line),
  })
  return text
}

type Options = Partial<ImportSettings>

function importing(csv: string, options: Options = {}): Promise<string> {
  writeFileSync(csvFile, csv)
  const settings = {
    organization: 'example',
    file: csvFile,
    dryRun: false,
    deleteMissing: false,
    ...options,
  }
  return printed(output => importUsers(config, settings, output))
}

const exporting = (organization: string = ID) =>
  printed(output => exportUsers(config, organization, output))

const csvOf = (...rows: string[]) => [HEADER, ...rows].map(row => `${row}\r\n`).join('')
const rowsOf = (csv: string) => csv.trimEnd().split('\r\n').slice(1)

t.test('importUsers()', async t => {
  t.equal(
    await importing(csvOf(ALICE, BOB), { dryRun: true }),
    `Example: 2 created, 0 updated, 0 unchanged
  create alice@example.com
  create bob@example.com
Dry run: nothing was written.
`,
    'says what it would do on a dry run',
  )
  t.notOk(existsSync(join(folder, 'data')), 'creates neither store nor master key on a dry run')
  await t.rejects(exporting(), { name: 'Failure', message: NO_STORE })
  await t.rejects(
    printed(output => newEpoch(config, output)),
    { message: NO_STORE },
  )
  await t.rejects(
    printed(output => syncDirectory(config, { organization: ID, acceptRemovals: false }, output)),
    { name: 'UsersError', message: /has no directory/ },
  )
  t.notOk(existsSync(join(folder, 'data')), 'no other command creates one')

  t.match(
    await importing(`\ufeff${csvOf(ALICE, BOB)}`),
    /^Example: 2 created.*\nImported 2 users: 2 created, 0 updated\.\n$/s,
  )
  t.equal(statSync(masterKey).mode & 0o777, 0o600, 'R21 makes the master key with the first write')

  const store = await openToRead(config)
  const [change] = await store.claimOutbox(-1)
  const policyVersion = await store.policyVersion(organizationId(ID))
  await store.close()
  t.match(JSON.parse(change?.record ?? ''), {
    action: 'ewsgateway:ImportUsers',
    policyVersion,
    after: { users: { created: { length: 2 } } },
  })

  const csv = await exporting()
  const [alice = '', bob = ''] = rowsOf(csv)
  t.equal(alice.slice(36), ALICE)
  t.equal(bob.slice(36), BOB)

  t.match(
    await importing(csv),
    /^Example: 0 created, 0 updated, 2 unchanged\nNothing to write\.\n$/,
  )
  t.equal(await exporting('EXAMPLE'), csv, 'export → import changes nothing')

  const named = 'displayName;primarySmtpAddress\r\nAlison;alice@example.com\r\n'
  t.match(await importing(named), /0 created, 1 updated, 0 unchanged, 1 not in the file/)
  t.equal(await exporting(), csv.replace(/Alice(?=\r)/, 'Alison'), 'keeps what has no column')
  await importing(csv)

  const renamed = csv.replace('alice@example.com', 'alice.new@example.com')
  t.match(await importing(renamed), '0 created, 1 updated, 1 unchanged\n  update alice.new@')
  t.equal(await exporting(), renamed, 'keeps an id when the address changes')

  const bySid = csvOf(ALICE.replace('alice@example.com', 'alice.third@example.com'), bob)
  t.match(await importing(bySid), '0 created, 1 updated, 1 unchanged')
  t.match(await exporting(), `${alice.slice(0, 36)},alice.third@`, 'finds an id again by SID')

  t.match(
    await importing(csvOf(alice)),
    /1 not in the file but kept .*\n {2}keep bob@example.com\n/s,
  )
  t.match(await exporting(), 'bob@example.com', 'removes nobody without --delete-missing')

  await t.rejects(
    importing(csvOf(), { deleteMissing: true }),
    new UsersError(
      `${csvFile}: contains no users, so --delete-missing would remove all users. Check the file, or omit --delete-missing`,
    ),
  )

  for (const [consent, flags] of [
    [{}, '--delete-at-most 1 --accept-removals'],
    [{ deleteAtMost: 1 }, '--delete-at-most 1 --accept-removals'],
    [{ acceptRemovals: true }, '--delete-at-most 1 --accept-removals'],
  ] as const)
    await t.rejects(
      importing(csvOf(alice), { deleteMissing: true, ...consent }),
      new UsersError(
        `The import would delete 1 of 2 users, so nothing was written. Check the file. To remove these users, add ${flags}`,
      ),
    )
  t.match(await exporting(), 'bob@example.com')
  const consent = { deleteAtMost: 1, acceptRemovals: true }
  const removed = await importing(csvOf(alice), { deleteMissing: true, ...consent })
  t.match(
    removed,
    /1 removed\n.*remove bob@example.com\n {2}0 roles have rules that name removed users\nImported 0 users: 0 created, 0 updated, 1 removed\.\n$/s,
  )
  t.strictSame(rowsOf(await exporting()), [alice], 'removes missing users on request')

  await importing(csvOf(alice, BOB))
  t.match(await exporting(), bob, 'R3 gives one who comes back the old id')
})

t.test('importUsers() accepts a file of any size', async t => {
  const users = Array.from({ length: 20_000 }, (_, n) => `,u${n}@example.com,,,,${'x'.repeat(80)}`)
  const csv = csvOf(...users)
  t.ok(csv.length > 2_000_000)
  t.match(await importing(csv, { dryRun: true }), /^Example: 20000 created, /)
  const bad = csvOf(...users, ',nonsense,,,,')
  await t.rejects(importing(bad), { message: /users\.csv:20002: .*nonsense/ })
})

t.test('importUsers() reports every bad row by its line and writes nothing', async t => {
  const before = await exporting()
  const twoLines = ',carol@example.com,,,,"two\nlines"'
  for (const [what, rows, expected] of [
    ['rows that are no users', [',nonsense,,,,', twoLines, ',,,,,'], [2, 5]],
    [
      'rows that clash',
      [twoLines, ',dan@example.com,,,,', ',eve@example.com,DAN@example.com,,,'],
      [4, 5],
    ],
    ['rows that clash with users', [twoLines, ',eve@example.com,alice@example.com,,,'], [4]],
    [
      'rows that are no users, and rows that clash',
      [
        ',dan@example.com,alice@example.com,,,',
        ',nonsense,,,,',
        ',eve@example.com,DAN@example.com,,,',
      ],
      [2, 2, 3, 4],
    ],
  ] as const) {
    const message = await importing(csvOf(...rows)).then(String, error => {
      t.type(error, UsersError)
      return String(error.message)
    })
    const lines = message.split('\n')
    const ending = 'Nothing was written: correct these lines and import the file again.'
    t.equal(lines.pop(), ending, what)
    t.strictSame(
      lines.map(line => Number(line.slice(csvFile.length + 1).split(':')[0])),
      expected,
    )
  }
  t.equal(await exporting(), before)
})

t.test('importUsers() lists twenty users and counts the others', async t => {
  const rows = Array.from({ length: 23 }, (_, index) => `,user${index}@example.com,,,,`)
  const text = await importing(csvOf(...rows), { dryRun: true })
  t.equal(text.match(/ {2}create user/g)?.length, 20)
  t.match(text, '  create 3 more\n')
})

t.test('importUsers() rejects a missing file, store, or organization', async t => {
  await t.rejects(
    importing(csvOf(ALICE), { organization: 'other' }),
    new UsersError(`Unknown organization other. The configuration has Example (${ID})`),
  )
  writeFileSync(csvFile, Buffer.from(`${HEADER}\n,a@example.com,,,,caf\xe9`, 'latin1'))
  const settings = { organization: ID, file: csvFile, dryRun: true, deleteMissing: false }
  await t.rejects(
    printed(output => importUsers(config, settings, output)),
    new UsersError(
      `${csvFile}: Line 2 has the byte 0xE9, which is not UTF-8. Save the file as UTF-8 (in Excel: CSV UTF-8), and import it again.`,
    ),
  )
})

t.test('R21 importUsers() rejects a store of another master key', async t => {
  const kept = readFileSync(masterKey)
  t.teardown(() => writeFileSync(masterKey, kept))
  writeFileSync(masterKey, `${Buffer.alloc(32, 7).toString('base64')}\n`)
  await t.rejects(importing(csvOf(',zoe@example.com,,,,')), { name: 'MasterKeyError' })
  t.notMatch(await exporting(), 'zoe')
})
