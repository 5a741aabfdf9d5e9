/** External identities: their references, and the texts that they accept. */

import t from 'tap'
import {
  accountReference,
  isAccountName,
  isAccountSid,
  proofOf,
  referencesOf,
  SUBJECT_CLAIMS,
} from '../../src/model/external-identity.ts'

t.test('isAccountSid() accepts the SID of an account in a domain, in its only spelling', t => {
  t.ok(isAccountSid('S-1-5-21-4294967295-0-3-1104'))
  for (const text of [
    '',
    'S-1-5-18',
    'S-1-5-22-1-2-3-1104',
    'S-1-6-21-1-2-3-1104',
    'S-2-5-21-1-2-3-1104',
    'X-1-5-21-1-2-3-1104',
    'S-1-5-32-544',
    's-1-5-21-1-2-3-1104',
    'S-1-5-21-1-2-3',
    'S-1-5-21-1-2-3-4-5',
    'S-1-5-21-01-2-3-1104',
    'S-1-5-21-4294967296-2-3-1104',
    'S-1-5-21-1-2-3-x',
    'S-1-5-21-1-2-3-',
    ' S-1-5-21-1-2-3-1104',
    'S-1-5-21-1-2-3-1104 ',
    'S-1-5-21-1--2-3-1104',
    'S-1-5-21-1e3-2-3-1104',
    'S-1-5-21-1.5-2-3-1104',
    'S-1-5-21-NaN-2-3-1104',
    'S-1-5-21-Infinity-2-3-1104',
    'S-1-5-21-+1-2-3-1104',
    'S-1-5-21-1-2-3-4294967296',
  ])
    t.notOk(isAccountSid(text), text)
  t.end()
})

t.test('isAccountName() accepts user@domain and DOMAIN\\user', t => {
  const longest = `${'x'.repeat(250)}@b.com`
  for (const text of ['svc@example.com', 'EXAMPLE\\svc', 'größe@example.com', 'a@b', longest])
    t.ok(isAccountName(text), text)
  for (const text of [
    '',
    'svc',
    '@example.com',
    'svc@',
    '\\svc',
    'EXAMPLE\\',
    'a@b@c',
    'EXAMPLE\\svc@example.com',
    'a b@example.com',
    'a:b@example.com',
    'mailbox|svc@example.com',
    'mailbox;svc@example.com',
    'svc@example.com\n',
    `${longest}.`,
  ])
    t.notOk(isAccountName(text), text)
  t.end()
})

t.test('referencesOf() names an account by SID and names, and proofOf() only by SID', t => {
  const account = {
    kind: 'directory-account',
    sid: 'S-1-5-21-1-2-3-4',
    names: ['A@b', 'a@B'],
  } as const
  t.strictSame(referencesOf(account), ['sid:S-1-5-21-1-2-3-4', accountReference('a@b')])
  t.equal(proofOf(account), proofOf({ ...account, names: [] }))
  t.equal(proofOf(account), 'sid:S-1-5-21-1-2-3-4')
  t.end()
})

t.test('referencesOf() and proofOf() name a subject as earlier releases stored it', t => {
  const subject = {
    kind: 'token-subject',
    issuer: 'https://A',
    claim: 'sub',
    subject: 'X',
  } as const
  t.strictSame(referencesOf(subject), ['token:["https://A","sub","X"]'])
  t.equal(proofOf(subject), 'token:["https://A","sub","X"]')
  t.equal(accountReference('CORP\\Ann'), 'account:corp\\ann')
  t.strictSame(SUBJECT_CLAIMS, ['appid', 'oid', 'sub'], 'the first of them names the caller')
  t.end()
})
