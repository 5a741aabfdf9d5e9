import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'
import type { DirectorySource, KnownEntries, Listing } from '../../src/directory/directory.ts'
import type { UserId } from '../../src/model/identity.ts'
import { Secret } from '../../src/model/secret.ts'
import { makeCertificates } from '../kit/certificates.ts'
import { lend } from '../kit/services/lend.ts'
import { BASE, noSlapd, Slapd, WRITER } from '../kit/services/slapd.ts'
import { now, ORGANIZATION, sourceOf, startCopying } from './copying.ts'
import { idOf, ldifOf, PEOPLE, people, person, Writer } from './people.ts'

const NOBODY: KnownEntries = { cursor: undefined, entries: new Set(), again: new Set() }
const read = (
  source: DirectorySource,
  held: Partial<KnownEntries> = {},
  signal = new AbortController().signal,
) => source.read({ ...NOBODY, ...held }, signal)
const namesOf = ({ entries }: Listing) => entries.map(entry => entry.primarySmtpAddress).toSorted()

const noLdapadd = spawnSync('ldapadd', ['-VV']).status === 0 ? false : 'ldapadd is not installed'

const some = people(5)
const REFERRAL = `dn: ou=elsewhere,${PEOPLE}
objectClass: referral
objectClass: extensibleObject
ou: elsewhere
ref: ldap://127.0.0.1:1/ou=elsewhere,${PEOPLE}
`

t.test(
  'read() reads more than a page, and ignores a referral to another server',
  { skip: noSlapd },
  async t => {
    const ldif = `${ldifOf(people(1_100))}\n${REFERRAL}`
    const { url } = await lend(t, Slapd.start({ ldif }))
    const listing = await read(sourceOf(url))
    t.equal(listing.present.size, 1_100)
    t.equal(listing.entries.length, 1_100)
    t.match(listing, { full: true, unfit: [], cursor: undefined })
  },
)

t.test('read() over TLS trusts only the configured authority', { skip: noSlapd }, async t => {
  const folder = t.testdir({ stranger: {} })
  const pem = makeCertificates(folder, [{ name: 'dc1', alternative: 'IP:127.0.0.1' }])
  const [ca, stranger] = [pem('ca.crt'), makeCertificates(join(folder, 'stranger'), [])('ca.crt')]
  const tls = { certificate: join(folder, 'dc1.crt'), privateKey: join(folder, 'dc1.key') }
  const { secureUrl } = await lend(t, Slapd.start({ ldif: ldifOf(some), tls }))
  t.equal((await read(sourceOf(secureUrl, { ca }))).present.size, 5)
  for (const more of [{ ca: stranger }, {}])
    await t.rejects(read(sourceOf(secureUrl, more)), {
      name: 'DirectoryError',
      message: /certificate[^;]*: check ca, and the host name in url$/,
    })
  const named = secureUrl.replace('127.0.0.1', 'localhost')
  await t.rejects(read(sourceOf(named, { ca })), {
    message: /check ca, and the host name in url$/,
  })
})

t.test('read() reports why it failed', { skip: noSlapd }, async t => {
  const server = await lend(t, Slapd.start({ ldif: ldifOf(some) }))
  const { url } = server
  for (const [source, message] of [
    [sourceOf(url, { password: new Secret('wrong') }), /: check bindDn and password$/],
    [sourceOf(url, { baseDn: `ou=nowhere,${BASE}` }), /: check baseDn$/],
    [sourceOf(url, { userFilter: '(&(=x))' }), /Invalid attribute name/],
    [sourceOf('ldap://127.0.0.1:1'), /ECONNREFUSED/],
  ] as const)
    await t.rejects(read(source), { name: 'DirectoryError', message })

  server.freeze()
  await t.rejects(read(sourceOf(url, { timeoutMs: 100 })), { message: /timed out/ }, 'it hangs')
  const leaving = new AbortController()
  const reading = read(sourceOf(url), {}, leaving.signal)
  leaving.abort()
  await t.rejects(reading, { message: 'The synchronization was stopped' })
  server.thaw()
  t.strictSame(namesOf(await read(sourceOf(url))), namesOf(await read(sourceOf(url))))
})

t.test(
  'read() looks up each user who is missing in a list, and trusts the result',
  { skip: noSlapd || noLdapadd },
  async t => {
    const { url } = await lend(t, Slapd.start({ ldif: ldifOf(some) }))
    const gone = await read(sourceOf(url), { entries: new Set([idOf(7)]) })
    t.equal(gone.present.has(idOf(7)), false)

    /** Adds its member to the directory when it is read, which is after the list. */
    class Unlisted extends Set<UserId> {
      override *[Symbol.iterator]() {
        const account = ['-x', '-H', url, '-D', WRITER.bindDn, '-w', WRITER.password]
        const input = ldifOf([person('late', 7)]).slice(ldifOf([]).length)
        execFileSync('ldapadd', account, { input, stdio: 'pipe' })
        yield idOf(7)
        return undefined
      }
    }
    await t.rejects(read(sourceOf(url), { entries: new Unlisted() }), {
      name: 'DirectoryError',
      message:
        'The directory returned an incomplete list of users (missing: 1), so nothing was changed',
    })
  },
)

const ROOT = (number: number) =>
  `highestCommittedUSN: ${number}\ndsServiceName: cn=NTDS Settings,${BASE}`
const DC = (invocation: string) =>
  `dn: cn=NTDS Settings,${BASE}\nobjectClass: nTDSDSA\ncn: NTDS Settings\ninvocationId: ${invocation}\n`

t.test('read() continues where it ended, on the same server', { skip: noSlapd }, async t => {
  const server = await lend(
    t,
    Slapd.start({ ldif: `${ldifOf(some)}\n${DC('one')}`, root: ROOT(10) }),
  )
  const source = sourceOf(server.url)
  const { cursor, present: entries, full } = await read(source)
  t.match({ cursor, full }, { cursor: { number: '10' }, full: true })
  const goOn = (more: Partial<KnownEntries> = {}) => read(source, { cursor, entries, ...more })
  t.match(await goOn(), { full: false, entries: [], present: entries }, 'nothing has changed')

  const writer = await Writer.to(server, t)
  await writer.change({ name: 'p1001' }, { uSNChanged: ['11'], mail: ['new@example.com'] })
  await writer.change({ name: 'p1002' }, { mail: ['unseen@example.com'] })
  await writer.add(person('new', 1, { usn: 12 }))
  await writer.add(person('moved-here', 2, { usn: 3 }))
  await writer.remove({ name: 'p1003' })
  const changed = await goOn()
  t.strictSame(namesOf(changed), ['moved-here@example.com', 'new@example.com', 'p1001@example.com'])
  t.equal(changed.present.has(idOf(1_003)), false)
  t.strictSame(namesOf(await goOn({ again: new Set([idOf(1_004)]) })).length, 4, 'or is asked for')

  for (const [what, other] of [
    ['another server', cursor && { ...cursor, server: '00' }],
    ['no cursor', undefined],
  ] as const)
    t.match(await goOn({ cursor: other }), { full: true, entries: { length: 6 } }, what)
})

t.test(
  'a directory failure changes nothing, and is reported in time',
  { skip: noSlapd },
  async t => {
    const { server, sync, another, known, clock } = await startCopying(t, some)
    await sync.synchronize(now)
    const before = await known()
    server.freeze()
    const dead = another({ source: sourceOf(server.url, { timeoutMs: 50 }) })
    for (const failures of [1, 2, 3]) {
      clock.now += 300_000
      t.match(await dead.synchronizeWhenDue(), { outcome: 'failed', message: /timed out/ })
      const { alarm, ...state } = await sync.state()
      t.match(state, { failures, attemptedAt: clock.now })
      t.equal(
        alarm?.startsWith('The last 3 synchronizations failed: '),
        failures === 3 ? true : undefined,
      )
    }
    t.strictSame(await known(), before)
    server.thaw()
    await sync.synchronize(now)
    t.equal((await sync.state()).alarm, undefined)
    clock.now += 1_000_000
    t.match(await sync.state(), { alarm: /^The last successful synchronization was 1000 s ago/ })
    t.equal(await sync.synchronizeWhenDue().then(result => result?.unchanged), 5)
  },
)

t.test('all entries are read once a day', { skip: noSlapd }, async t => {
  const fulls: boolean[] = []
  const { server, another, clock, writer, store } = await startCopying(t, some, {
    ldif: DC('one'),
    root: ROOT(10),
  })
  const source = sourceOf(server.url)
  const sync = another({
    source: {
      read: async (held, signal) => {
        const listing = await source.read(held, signal)
        fulls.push(listing.full)
        return listing
      },
    },
  })
  await sync.synchronize(now)
  await writer.change({ name: 'p1002' }, { mail: ['unseen@example.com'], proxyAddresses: [] })
  for (const hours of [0, 23, 1]) {
    clock.now += hours * 3_600_000
    await sync.synchronize(now)
  }
  t.strictSame(fulls, [true, false, false, true])
  t.match(await store.user(ORGANIZATION, idOf(1_002)), { primarySmtpAddress: 'unseen@example.com' })
})
