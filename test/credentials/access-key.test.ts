import fc from 'fast-check'
import t from 'tap'
import {
  isOurKeyId,
  makeAccessKey,
  secretMatches,
  unsealSecret,
} from '../../src/credentials/access-key.ts'
import { MasterKey } from '../../src/credentials/master-key.ts'
import { makeSecret } from '../../src/credentials/secret-text.ts'
import { isLive, principalId } from '../../src/model/principal.ts'

const masterKey = new MasterKey(Buffer.alloc(32, 1))
const other = new MasterKey(Buffer.alloc(32, 2))
const owner = principalId('5f1c7f0e-3a0b-4a55-8a83-0d2c1e0f9a11')
const now = () => 1_000
const make = () => makeAccessKey(masterKey, owner, { now })

t.test('makeAccessKey() returns a key of the documented format', async t => {
  const { key, secret } = make()
  t.match(key.id, /^AKIA[A-Z2-7]{16}$/)
  t.match(secret.reveal(), /^[A-Za-z0-9]{43}$/)
  const defaults = { principalId: owner, enabled: true, extendedProtection: 'allow' }
  t.match(key, { ...defaults, createdAt: 1_000 })
  const strict = makeAccessKey(masterKey, owner, { now, extendedProtection: 'require' }).key
  t.equal(strict.extendedProtection, 'require')
  for (const period of [{}, { notBefore: 2_000 }, { expiresAt: 5_000 }]) {
    const { notBefore, expiresAt } = makeAccessKey(masterKey, owner, { now, ...period }).key
    t.match({ notBefore, expiresAt }, { notBefore: undefined, expiresAt: undefined, ...period })
  }
  t.notOk('notBefore' in key || 'expiresAt' in key)
})

t.test('P8 makeAccessKey() keeps the secret out of the key, and never prints it', async t => {
  const made = make()
  const kept = Buffer.concat([made.key.secretHash, made.key.sealedSecret])
  t.notOk(kept.includes(made.secret.reveal()))
  t.notOk(JSON.stringify(made).includes(made.secret.reveal()))
})

t.test('makeSecret() returns letters and digits, each equally likely', async t => {
  const anyBytes = fc.infiniteStream(fc.nat(255))
  const isSafe = fc.property(anyBytes, bytes => {
    const random = (count: number) => Uint8Array.from(bytes.take(count))
    return /^[A-Za-z0-9]{43}$/.test(makeSecret(random).reveal())
  })
  t.doesNotThrow(() => fc.assert(isSafe))

  const counts = new Map<string, number>()
  for (let byte = 0; byte < 256; byte++) {
    // Only the first byte counts, and one that is skipped leaves the first place to the next, an A.
    const bytes = [byte, ...Array.from({ length: 86 }, () => 0)]
    const [letter = ''] = makeSecret(count => Uint8Array.from(bytes.splice(0, count))).reveal()
    counts.set(letter, (counts.get(letter) ?? 0) + 1)
  }
  t.equal(counts.size, 62)
  counts.set('A', (counts.get('A') ?? 0) - 8)
  t.strictSame(new Set(counts.values()), new Set([4]), 'each letter comes from four bytes')
  t.ok(43 * Math.log2(counts.size) >= 256, 'a secret has at least 256 bits')
})

t.test('makeAccessKey() never returns the same key twice', async t => {
  const made = Array.from({ length: 200 }, make)
  t.equal(new Set(made.map(({ key }) => key.id)).size, 200)
  t.equal(new Set(made.map(({ secret }) => secret.reveal())).size, 200)
})

t.test('unsealSecret() returns the secret only with the master key', async t => {
  const { key, secret } = make()
  t.equal(unsealSecret(masterKey, key).reveal(), secret.reveal())
  t.throws(() => unsealSecret(other, key))
})

t.test('R18 isOurKeyId() distinguishes an issued key ID from an invented one', async t => {
  const { key } = make()
  t.ok(isOurKeyId(masterKey, key.id))
  t.notOk(isOurKeyId(other, key.id), 'another master key')
  for (let at = 4; at < key.id.length; at++) {
    const letter = key.id[at] === 'A' ? 'B' : 'A'
    const altered = key.id.slice(0, at) + letter + key.id.slice(at + 1)
    t.notOk(isOurKeyId(masterKey, altered), `letter ${at} altered`)
  }
  const rotating = new MasterKey(Buffer.alloc(32, 2), Buffer.alloc(32, 1))
  t.ok(isOurKeyId(rotating, key.id), 'of the former key during a rotation')
  t.ok(isOurKeyId(rotating, makeAccessKey(rotating, owner, { now }).key.id), 'of the new one')
})

t.test('isOurKeyId() and unsealSecret() accept the keys of an earlier release', async t => {
  const id = 'AKIADJZPXI4O7KJXCUK3'
  const sealed =
    'paYx+fIE296KP3xsYksf5ijS7Y+hAk3TbT8/jjrZpQX3rcuzXzTzJR8CIUOJ5mkQ7ehtuPkboM7JMHtEd3+ur5TCqYchiGU='
  t.ok(isOurKeyId(masterKey, id))
  const key = { ...make().key, sealedSecret: Buffer.from(sealed, 'base64') }
  const secret = unsealSecret(masterKey, key).reveal()
  t.equal(secret, 'NDgrY9JOc0tBE9PZ41-vsHcbnnp9abtodQnZCBIAuCg')
  const secretHash = Buffer.from('cY/GWDD275P0NtAr47RSRzr3zbXy1jl77dFE5i2c50k=', 'base64')
  t.ok(secretMatches({ ...key, secretHash }, Buffer.from(secret)))
})

t.test('R18 isOurKeyId() rejects text without the format of a key ID', async t => {
  const { key } = make()
  for (const text of [
    '',
    'AKIA',
    key.id.toLowerCase(),
    `${key.id} `,
    `${key.id}\n`,
    ` ${key.id}`,
    `${key.id}A`,
    key.id.slice(0, -1),
    key.id.replace('AKIA', 'ASIA'),
    `${key.id.slice(0, -1)}é`,
  ]) {
    t.notOk(isOurKeyId(masterKey, text), JSON.stringify(text))
  }
})

t.doesNotThrow(
  () =>
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'),
          minLength: 16,
          maxLength: 16,
        }),
        letters => !isOurKeyId(masterKey, `AKIA${letters}`),
      ),
      { seed: 18, numRuns: 500 },
    ),
  'R18 isOurKeyId() refuses invented ids',
)

t.test('secretMatches() accepts only the secret', async t => {
  const { key, secret } = make()
  const right = Buffer.from(secret.reveal())
  t.ok(secretMatches(key, right))
  for (const wrong of ['', ` ${secret.reveal()}`, `${secret.reveal()}\n`, make().secret.reveal()]) {
    t.notOk(secretMatches(key, Buffer.from(wrong)))
  }
  t.notOk(secretMatches(undefined, right), 'no key at all')
  t.notOk(secretMatches({ ...key, secretHash: new Uint8Array() }, right), 'a damaged hash')
  t.notOk(secretMatches({ ...key, secretHash: right }, right), 'a secret kept in clear')
})

for (const [name, change, at, live] of [
  ['an enabled key that never expires', {}, Number.MAX_SAFE_INTEGER, true],
  ['a key before it expires', { expiresAt: 2_000 }, 1_999, true],
  ['a key before it begins', { notBefore: 2_000 }, 1_999, false],
  ['a key that begins now', { notBefore: 2_000 }, 2_000, true],
  ['a key that expires now', { expiresAt: 2_000 }, 2_000, false],
  ['an expired key', { expiresAt: 2_000 }, 2_001, false],
  ['a disabled key', { enabled: false }, 0, false],
] as const) {
  t.equal(isLive({ ...make().key, ...change }, { at }), live, `isLive() ${name} is ${live}`)
}
