import t from 'tap'
import type { Organization } from '../../src/model/identity.ts'
import { isOutside } from '../../src/policy/outside.ts'
import { ORGANIZATION } from '../decision/data.ts'

const organization: Organization = {
  ...ORGANIZATION,
  serviceAddresses: ['Gateway@hosting.example'],
  neutralMailbox: 'neutral@hosting.example',
  acceptedDomains: ['example.com', 'xn--exmple-cua.com'],
}

for (const address of [
  'guest@partner.example',
  'Guest.O’Neil@partner.example'.replace('’', "'"),
  'guest+tag@mail.partner.example',
  'bob@sub.example.com',
  'bob@example.com.evil.example',
  'bob@notexample.com',
  'bob@mail.365.example',
]) {
  t.ok(isOutside(organization, address), `R40 isOutside() ${address}`)
  const { acceptedDomains: _, ...without } = organization
  t.notOk(isOutside(without, address), `R40 without accepted domains ${address} is not`)
}

for (const [what, address] of [
  ['an accepted domain', 'bob@example.com'],
  ['an accepted domain in capitals', 'bob@EXAMPLE.Com'],
  ['an accepted domain in Punycode', 'bob@XN--exmple-cua.com'],
  ['an accepted domain in Unicode', 'bob@ex\u00e4mple.com'],
  ['a domain in Punycode', 'bob@xn--bcher-kva.example'],
  ['a domain in Unicode', 'bob@b\u00fccher.example'],
  ['a wide letter', 'bob@\uff45xample.com'],
  ['a trailing dot', 'bob@example.com.'],
  ['Punycode of an accepted domain', 'bob@xn--example-.com'],
  ['Punycode of a wide letter', 'bob@xn--xample-hy68a.com'],
  ['quotes', '"bob@example.com"@partner.example'],
  ['quotes around a word', '"bob"@partner.example'],
  ['a comment', 'bob(example.com)@partner.example'],
  ['a comment behind it', 'bob@partner.example (bob@example.com)'],
  ['brackets', '<bob@partner.example>'],
  ['a blank', ' bob@partner.example'],
  ['two domains', 'bob@example.com@partner.example'],
  ['a route with a percent sign', 'bob%example.com@partner.example'],
  ['a route with an exclamation mark', 'example.com!bob@partner.example'],
  ['a route', '@partner.example:bob@example.com'],
  ['a prefix', 'SMTP:bob@partner.example'],
  ['another prefix', 'X500:/o=Example/cn=bob@partner.example'],
  ['a legacy DN', '/o=Example/ou=x/cn=Recipients/cn=bob'],
  ['a legacy DN with a domain', '/o=Example/cn=bob@partner.example'],
  ['an encapsulated legacy DN', 'IMCEAEX-_O=EXAMPLE_CN=bob@partner.example'],
  ['an encapsulated legacy DN without signs', 'imceaex-bob@partner.example'],
  ['a pattern', 'bob*@partner.example'],
  ['an encoded word', '=?utf-8?Q?bob?=@partner.example'],
  ['an IP address', 'bob@127.0.0.1'],
  ['a number as an address', 'bob@127.0x1'],
  ['a number at the end', 'bob@partner.1'],
  ['a domain literal', 'bob@[127.0.0.1]'],
  ['one label', 'bob@localhost'],
  ['no domain', 'bob'],
  ['nothing', ''],
  ['the service account', 'gateway@HOSTING.example'],
  ['the neutral mailbox', 'neutral@hosting.example'],
] as const)
  t.notOk(isOutside(organization, address), `R40 isOutside() takes no address with ${what}`)
