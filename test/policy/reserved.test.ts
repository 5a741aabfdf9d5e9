import t from 'tap'
import { type Organization, organizationId, type User, userId } from '../../src/model/identity.ts'
import { isReservedAccount } from '../../src/policy/reserved.ts'

const ORGANIZATION: Organization = {
  id: organizationId('m-0123456789abcdef0123456789abcdef'),
  alias: 'example',
  serviceAddresses: ['service@example.com', 'second@example.com'],
  neutralMailbox: 'neutral@example.com',
}
const { neutralMailbox: _, ...WITHOUT_NEUTRAL } = ORGANIZATION
const ALICE: User = {
  id: userId('alice'),
  primarySmtpAddress: 'alice@example.com',
  aliases: ['a@example.com'],
  principalName: 'alice@corp.example.com',
  enabled: true,
}
const { principalName: __, ...WITHOUT_PRINCIPAL_NAME } = ALICE

/** Every name by which the directory finds a user. */
const NAMED: Readonly<Record<string, (user: User, name: string) => User>> = {
  'the primary address': (user, name) => ({ ...user, primarySmtpAddress: name }),
  'the first alias': (user, name) => ({ ...user, aliases: [name, ...user.aliases] }),
  'the last alias': (user, name) => ({ ...user, aliases: [...user.aliases, name] }),
  'the principal name': (user, name) => ({ ...user, principalName: name }),
}

/** Names, and whether they are reserved in an organization. */
const NAMES: readonly (readonly [string, Organization, boolean])[] = [
  ['service@example.com', ORGANIZATION, true],
  ['second@example.com', ORGANIZATION, true],
  ['neutral@example.com', ORGANIZATION, true],
  ['Service@EXAMPLE.com', ORGANIZATION, true],
  ['second@example.com', { ...ORGANIZATION, serviceAddresses: ['SECOND@example.com'] }, true],
  ['neutral@example.com', WITHOUT_NEUTRAL, false],
  ['service@example.com', { ...ORGANIZATION, serviceAddresses: [] }, false],
  ['xservice@example.com', ORGANIZATION, false],
  ['service@example.comx', ORGANIZATION, false],
]

for (const [name, organization, expected] of NAMES)
  for (const [place, named] of Object.entries(NAMED)) {
    const user = named(ALICE, name)
    const kind = `${name} as ${place} ${expected ? 'is reserved' : 'is free'}`
    t.equal(isReservedAccount(organization, user), expected, `isReservedAccount() ${kind}`)
    t.equal(isReservedAccount(organization, user), expected, `isReservedAccount() ${kind}, again`)
  }

for (const organization of [ORGANIZATION, WITHOUT_NEUTRAL])
  for (const user of [ALICE, WITHOUT_PRINCIPAL_NAME])
    t.equal(isReservedAccount(organization, user), false, 'isReservedAccount() knows no empty name')

t.test('isReservedAccount() decides for each organization and each user', t => {
  const other = { ...ORGANIZATION, serviceAddresses: ['alice@example.com'] }
  const bob = { ...ALICE, primarySmtpAddress: 'bob@example.com', aliases: [] }
  t.equal(isReservedAccount(ORGANIZATION, ALICE), false)
  t.equal(isReservedAccount(other, ALICE), true)
  t.equal(isReservedAccount(other, bob), false)
  t.equal(isReservedAccount(ORGANIZATION, ALICE), false)
  t.end()
})
