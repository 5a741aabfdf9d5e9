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
  const { Gained, Lost, Matches, Totals, ReachedAfter, NextToken } = answered.body
  return {
    gained: Gained as Change[],
    lost: Lost as Change[],
    matches: Matches,
    reached: ReachedAfter,
    totals: Object.values(Totals as object) as number[],
    token: NextToken,
  }
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

  for (const [name, input, gained, lost, reached] of [
    [
      'of a new role all that it lets in',
      { Draft: { Type: 'READ_ONLY', Rules: [allow('all')] } },
      ['alice NONE READ_ONLY', 'bob NONE READ_ONLY', 'carol NONE READ_ONLY'],
      [],
      3,
    ],
    [
      'of the same rules nobody',
      { ImpersonationRoleId, Draft: { Rules: [only('alice', 'bob')] } },
      [],
      [],
      2,
    ],
    [
      'of others the difference',
      { ImpersonationRoleId, Draft: { Rules: [only('bob', 'carol')] } },
      ['carol NONE FULL_ACCESS'],
      ['alice FULL_ACCESS NONE'],
      2,
    ],
    [
      'of another type, with affected users',
      { ImpersonationRoleId, Draft: { Type: 'READ_ONLY', Rules: [only('bob', 'carol')] } },
      ['carol NONE READ_ONLY'],
      ['alice FULL_ACCESS NONE', 'bob FULL_ACCESS READ_ONLY'],
      2,
    ],
    [
      'of no rules everybody',
      { ImpersonationRoleId, Draft: { Rules: [] } },
      [],
      ['alice FULL_ACCESS NONE', 'bob FULL_ACCESS NONE'],
      0,
    ],
    [
      'of an Allow rule that has ended',
      { ImpersonationRoleId, Draft: { Rules: [{ ...only('alice'), NotAfter: 1 }] } },
      [],
      ['alice FULL_ACCESS NONE', 'bob FULL_ACCESS NONE'],
      0,
    ],
  ] as const) {
    const found = await preview(control, input)
    t.strictSame([names(found.gained), names(found.lost)], [gained, lost], `Preview ${name}`)
    t.equal(found.token, undefined)
    t.equal(found.reached, reached)
    t.strictSame(
      [found.matches, found.totals],
      [gained.length + lost.length, [gained.length, lost.length, 6]],
    )
  }

  const exchanged = { ImpersonationRoleId, Draft: { Rules: [only('bob', 'carol')] } }
  for (const [more, gained, lost] of [
    [{ Change: 'GAINED' }, ['carol NONE FULL_ACCESS'], []],
    [{ Change: 'LOST' }, [], ['alice FULL_ACCESS NONE']],
    [{ Text: 'AROL example' }, ['carol NONE FULL_ACCESS'], []],
    [{ Text: 'bob' }, [], []],
  ] as const) {
    const found = await preview(control, { ...exchanged, ...more })
    t.strictSame(
      [names(found.gained), names(found.lost), found.matches, found.totals],
      [gained, lost, gained.length + lost.length, [1, 1, 6]],
      `Preview of ${JSON.stringify(more)} still counts every change`,
    )
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

t.test('PreviewImpersonationRole pages through many users by address', async t => {
  const users = Array.from({ length: 1_100 }, (_, i) => ({
    primarySmtpAddress: `${i % 2 === 0 ? 'User' : 'user'}${i}@example.com`,
    aliases: [],
    ...(i === 700 && { displayName: 'Renée de la Cruz' }),
  }))
  const control = await startControlTestServer(t, { users })
  const Draft = { Type: 'FULL_ACCESS', Rules: [allow('all')] }
  const seen: string[] = []
  const sizes: number[] = []
  let NextToken: unknown
  do {
    const page = NextToken === undefined ? {} : { NextToken }
    const found = await preview(control, { Draft, MaxResults: 400, ...page })
    sizes.push(found.gained.length)
    seen.push(...found.gained.map(({ Email }) => Email.toLowerCase()))
    t.strictSame([found.matches, found.totals], [1_100, [1_100, 0, 1_100]])
    NextToken = found.token
  } while (NextToken !== undefined && sizes.length < 9)
  t.strictSame(sizes, [400, 400, 300])
  t.strictSame(seen, users.map(one => one.primarySmtpAddress.toLowerCase()).sort())

  const found = await preview(control, { Draft, Text: 'cruz RENEE', MaxResults: 1 })
  t.strictSame([names(found.gained), found.token], [['User700 NONE FULL_ACCESS'], undefined])
  t.match(
    await control.refusal('PreviewImpersonationRole', { Draft, MaxResults: 5_001 }, { service }),
    /MaxResults must be a whole number from 1 to 5000/,
  )
})
