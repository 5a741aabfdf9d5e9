import t from 'tap'
import { bytesOfId, entryOf, idOf } from '../../src/directory/ldap-entry.ts'
import { userId } from '../../src/model/identity.ts'
import { sidBytes } from './people.ts'

const GUID = Buffer.from('33221100554477668899aabbccddeeff', 'hex')
const ID = userId('00112233-4455-6677-8899-aabbccddeeff')
const whole = {
  dn: 'CN=Alice,DC=example,DC=com',
  objectGUID: GUID,
  objectSid: sidBytes(1_104),
  mail: 'alice@example.com',
  proxyAddresses: ['smtp:al@example.com', 'SMTP:alice@example.com'],
  userPrincipalName: 'alice@corp.example.com',
  displayName: 'Alice',
}
const ALICE = {
  entryId: ID,
  primarySmtpAddress: 'alice@example.com',
  aliases: ['al@example.com'],
  principalName: 'alice@corp.example.com',
  sid: 'S-1-5-21-1004336348-1177238915-682003330-1104',
  displayName: 'Alice',
  flaws: [],
}

t.equal(idOf({ objectGUID: GUID }), ID, 'a GUID is spelt as Windows does')
t.strictSame(bytesOfId(ID), GUID)
t.strictSame(entryOf(whole), ALICE)

for (const [what, attributes, expected] of [
  ['mail alone', { proxyAddresses: [] }, { primarySmtpAddress: 'alice@example.com', aliases: [] }],
  [
    'one address alone',
    { proxyAddresses: 'SMTP:a@example.com' },
    { primarySmtpAddress: 'a@example.com' },
  ],
  ['no address at all', { proxyAddresses: [], mail: [] }, { problem: 'has no address' }],
  [
    'two primary ones',
    { proxyAddresses: ['SMTP:a@x.org', 'SMTP:b@x.org'] },
    { problem: 'has several primary addresses' },
  ],
  [
    'a primary one beyond ASCII',
    { proxyAddresses: 'SMTP:ä@x.org' },
    { problem: 'has a primary address that is not an ASCII address like alice@example.com' },
  ],
  [
    'an alias beyond ASCII',
    { proxyAddresses: ['SMTP:a@x.org', 'smtp:ä@x.org'] },
    { aliases: [], flaws: ['its address is not an ASCII address like alice@example.com'] },
  ],
  [
    'half of the addresses',
    { 'proxyAddresses;range=0-1499': ['smtp:a@x.org'] },
    { entryId: ID, problem: 'has more proxyAddresses than the server returns at once' },
  ],
  [
    'a SID cut short',
    { objectSid: sidBytes(1).subarray(0, 20) },
    { sid: undefined, flaws: ['its objectSid is not a Windows SID'] },
  ],
  [
    'a principal name with a blank',
    { userPrincipalName: 'a b@x.org' },
    {
      principalName: undefined,
      flaws: [
        'its userPrincipalName is not 1 to 256 characters without spaces or control characters',
      ],
    },
  ],
  ['a display name of two lines', { displayName: 'a\nb' }, { displayName: undefined, flaws: [] }],
  ['no objectGUID', { objectGUID: [] }, { who: whole.dn, problem: 'has no valid objectGUID' }],
  ['a short objectGUID', { objectGUID: Buffer.alloc(15) }, { problem: 'has no valid objectGUID' }],
] as const)
  t.match(entryOf({ ...whole, ...attributes }), expected, `entryOf() with ${what}`)
