import t from 'tap'
import {
  type ControlTestServer,
  ORGANIZATION,
  SERVICE,
  startControlTestServer,
} from '../kit/control-test-server.ts'

const service = 'EwsGateway'
type Change = Readonly<{ UserId: string; Email: string; Before: string; After: string }>

async function preview(control: ControlTestServer, input: object) {
  const answered = await control.call(
    'PreviewImpersonationRole',
    { OrganizationId: ORGANIZATION, ...input },
    { service },
  )
  if (answered.status !== 200) throw new Error(`${answered.type}: ${answered.message}`)
  const { Gained, Lost, NextToken } = answered.body
  return { gained: Gained as Change[], lost: Lost as Change[], token: NextToken }
}
const names = (changes: readonly Change[]) =>
  changes.map(({ Email, Before, After }) => `${Email.split('@')[0]} ${Before} ${After}`).toSorted()

const allow = (id: string, more: object = {}) => ({
  ImpersonationRuleId: id,
  Effect: 'ALLOW',
  ...more,
})
const only = (...users: string[]) =>
  allow('only', { TargetUsers: users.map(name => `${name}@example.com`) })

t.test('PreviewImpersonationRole returns who gains and who loses access', async t => {
  const control = await startControlTestServer(t, {
    users: ['alice', 'bob', 'carol', 'dave', 'neutral']
      .map(name => ({ primarySmtpAddress: `${name}@example.com`, aliases: [] }))
      .concat({ primarySmtpAddress: SERVICE, aliases: [] }),
  })
  const dave = await control.userId('dave@example.com')
  await control.store.putUser(ORGANIZATION, {
    id: dave,
    primarySmtpAddress: 'dave@example.com',
    aliases: [],
    enabled: false,
  })
  const ImpersonationRoleId = await control.createRole('role', [only('alice', 'bob')])

  for (const [name, input, gained, lost] of [
    [
      'of a new role all that it lets in',
      { Draft: { Type: 'READ_ONLY', Rules: [allow('all')] } },
      ['alice NONE READ_ONLY', 'bob NONE READ_ONLY', 'carol NONE READ_ONLY'],
      [],
    ],
    [
      'of the same rules nobody',
      { ImpersonationRoleId, Draft: { Rules: [only('alice', 'bob')] } },
      [],
      [],
    ],
    [
      'of others the difference',
      { ImpersonationRoleId, Draft: { Rules: [only('bob', 'carol')] } },
      ['carol NONE FULL_ACCESS'],
      ['alice FULL_ACCESS NONE'],
    ],
    [
      'of another type, with affected users',
      { ImpersonationRoleId, Draft: { Type: 'READ_ONLY', Rules: [only('bob', 'carol')] } },
      ['carol NONE READ_ONLY'],
      ['alice FULL_ACCESS NONE', 'bob FULL_ACCESS READ_ONLY'],
    ],
    [
      'of no rules everybody',
      { ImpersonationRoleId, Draft: { Rules: [] } },
      [],
      ['alice FULL_ACCESS NONE', 'bob FULL_ACCESS NONE'],
    ],
  ] as const) {
    const found = await preview(control, input)
    t.strictSame([names(found.gained), names(found.lost)], [gained, lost], `Preview ${name}`)
    t.equal(found.token, undefined)
  }

  for (const [input, problem] of [
    [{ Draft: { Rules: [] } }, /Draft\.Type must be given if ImpersonationRoleId is not/],
    [{ ImpersonationRoleId, Draft: { Rules: [only('nobody')] } }, /^EntityNotFoundException/],
    [{ ImpersonationRoleId: 'none', Draft: { Rules: [] } }, /^ResourceNotFoundException/],
    [{ ImpersonationRoleId }, /Draft must be a structure/],
    [
      { ImpersonationRoleId, Draft: { Rules: [] }, NextToken: 'x' },
      /NextToken must be a value that this operation returned/,
    ],
  ] as const)
    t.match(await control.refusal('PreviewImpersonationRole', input, { service }), problem)
})

t.test('PreviewImpersonationRole pages through many users', async t => {
  const users = Array.from({ length: 2_500 }, (_, i) => ({
    primarySmtpAddress: `user${i}@example.com`,
    aliases: [],
  }))
  const control = await startControlTestServer(t, { users })
  const Draft = { Type: 'FULL_ACCESS', Rules: [allow('all')] }
  const seen = new Set<string>()
  let [NextToken, pages]: [unknown, number] = [undefined, 0]
  do {
    const page = NextToken === undefined ? {} : { NextToken }
    const found = await preview(control, { Draft, MaxResults: 100, ...page })
    t.ok(found.gained.length <= 100)
    for (const { UserId } of found.gained) seen.add(UserId)
    NextToken = found.token
    pages += 1
  } while (NextToken !== undefined && pages < 100)
  t.strictSame([seen.size, pages], [2_500, 25])

  const few = { Draft: { Type: 'FULL_ACCESS', Rules: [only('user7')] } }
  t.match(names((await preview(control, few)).gained), ['user7 NONE FULL_ACCESS'])
})
