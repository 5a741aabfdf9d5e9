import t from 'tap'
import { POWERS } from '../../scripts/docs/powers.ts'
import { ACTIONS } from '../../src/control/actions.ts'
import { onlyReads } from '../../src/control/contract/contract.ts'
import type { Statement } from '../../src/model/iam.ts'
import { PART_PERMISSIONS } from '../../src/model/permissions.ts'
import {
  type ControlTestServer,
  ELSEWHERE,
  type Key,
  ORGANIZATION,
  startControlTestServer,
} from '../kit/control-test-server.ts'

const service = 'EwsGateway'
const allowing = (...actions: readonly string[]): Statement => ({
  Effect: 'Allow',
  Action: actions,
  Resource: ['*'],
})
const call = (control: ControlTestServer, name: string, input: object, as: Key = control.admin) =>
  control.call(name, { OrganizationId: ORGANIZATION, ...input }, { service, as })
const CEO_NAMES = {
  Aliases: ['boss@example.com', 'a.chief@example.com'],
  PrincipalName: 'ceo@corp.example.com',
  Sid: 'S-1-5-21-1004336348-1177238915-682003330-1104',
}
const MAIL = { Kind: 'ADDRESS', Name: 'ceo@example.com' }

/** A role that allows all but the CEO, and a principal who can change users and nothing else. */
async function startAttack(t: Parameters<typeof startControlTestServer>[0]) {
  const control = await startControlTestServer(t)
  const ceo = await control.userId('ceo@example.com')
  const bob = await control.userId('bob@example.com')
  const role = await control.createRole('role', [
    { ImpersonationRuleId: 'all', Effect: 'ALLOW' },
    { ImpersonationRuleId: 'no', Effect: 'DENY', TargetUsers: [ceo] },
  ])
  const clerk = await control.addPrincipal('clerk', [allowing('ewsgateway:PutUser')])
  const effectOn = (TargetUser: string) =>
    control
      .get('GetImpersonationRoleEffect', { ImpersonationRoleId: role, TargetUser })
      .then(({ Effect }) => Effect)
  return { control, ceo, bob, clerk, effectOn }
}

t.test('R3 PutUser does not move a name from one user to another', async t => {
  const { control, ceo, bob, clerk, effectOn } = await startAttack(t)
  const put = (input: object) => call(control, 'PutUser', input, clerk)
  const renamed = { UserId: ceo, PrimarySmtpAddress: 'ceo-old@example.com' }
  t.equal((await put(renamed)).status, 200)

  const carol = { PrimarySmtpAddress: 'carol@example.com' }
  for (const [what, input] of [
    ['a user who is there', { UserId: bob, PrimarySmtpAddress: 'CEO@example.com' }],
    ['a user who is new', { PrimarySmtpAddress: 'ceo@example.com' }],
    [
      'a new ID',
      {
        UserId: '0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55',
        PrimarySmtpAddress: 'ceo@example.com',
      },
    ],
    ['an alias', { ...carol, Aliases: ['boss@example.com'] }],
    ['a principal name', { ...carol, PrincipalName: CEO_NAMES.PrincipalName }],
    ['a SID', { ...carol, Sid: CEO_NAMES.Sid }],
  ] as const) {
    const { type, message = '' } = await put(input)
    t.equal(type, 'InvalidParameterException', what)
    t.match(message, `stays with the user who had it: only the ID ${ceo} can have it again`)
    t.match(message, 'unless ReleaseName (permission ewsgateway:ReleaseName) frees it')
    t.notMatch(message, 'ceo-old', 'where the user went is not said')
  }
  t.match(await call(control, 'ReleaseName', MAIL, clerk), {
    type: 'AccessDeniedException',
    message: 'ewsgateway:ReleaseName',
  })
  t.equal(await effectOn('ceo-old@example.com'), 'DENY')
  await t.rejects(effectOn('ceo@example.com'), /EntityNotFoundException/)

  t.equal((await put({ UserId: ceo, PrimarySmtpAddress: 'ceo@example.com' })).status, 200)
  t.equal(await effectOn('ceo@example.com'), 'DENY', 'the CEO can have the name again')
})

t.test('ReleaseName releases one name at once, and is recorded', async t => {
  const { control, ceo, bob, effectOn } = await startAttack(t)
  const clerk = await control.addPrincipal('releaser', [allowing('ewsgateway:*')])
  await call(control, 'PutUser', { UserId: ceo, PrimarySmtpAddress: 'ceo-old@example.com' })
  const formerNames = async (UserId: string = ceo) =>
    (await call(control, 'ListFormerNames', { UserId })).body
  const listed = {
    UserId: ceo,
    FormerNames: [
      { Kind: 'ADDRESS', Name: 'a.chief@example.com' },
      { Kind: 'ADDRESS', Name: 'boss@example.com' },
      MAIL,
      { Kind: 'PRINCIPAL_NAME', Name: CEO_NAMES.PrincipalName },
      { Kind: 'SID', Name: CEO_NAMES.Sid.toLowerCase() },
    ],
  }
  t.strictSame(await formerNames(), listed)
  t.strictSame(await formerNames('ceo-old@example.com'), listed)
  t.strictSame(await formerNames('alice@example.com'), {
    UserId: await control.userId('alice@example.com'),
    FormerNames: [],
  })
  const version = await control.store.policyVersion(ORGANIZATION)
  const announced = control.announced.length

  const released = await call(control, 'ReleaseName', { ...MAIL, Name: 'CEO@example.com' }, clerk)
  t.strictSame(released.body, { UserId: ceo })
  t.equal(await control.store.policyVersion(ORGANIZATION), version + 1)
  t.strictSame(control.announced.slice(announced), [ORGANIZATION])
  t.match(control.audit().at(-1), {
    type: 'change',
    action: 'ewsgateway:ReleaseName',
    principalId: clerk.principalId,
    verdict: 'allow',
    policyVersion: version + 1,
    before: { userId: ceo, kind: 'ADDRESS', name: 'CEO@example.com' },
    after: undefined,
  })
  t.strictSame(await formerNames(), {
    UserId: ceo,
    FormerNames: listed.FormerNames.filter(name => name !== MAIL),
  })

  await call(control, 'PutUser', { UserId: bob, PrimarySmtpAddress: 'ceo@example.com' }, clerk)
  t.equal(await effectOn('ceo@example.com'), 'ALLOW')
  t.equal(await effectOn('ceo-old@example.com'), 'DENY')
})

t.test('ReleaseName reports why there is nothing to release', async t => {
  const control = await startControlTestServer(t)
  const ceo = await control.userId('ceo@example.com')
  const version = await control.store.policyVersion(ORGANIZATION)
  for (const [what, input, expected] of [
    [
      'a name in use',
      MAIL,
      `^EntityStateException: The address "ceo@example.com" belongs to the user ${ceo}. Remove it from that user, or delete the user, and then release it$`,
    ],
    ['an alias in use', { ...MAIL, Name: 'BOSS@example.com' }, '^EntityStateException: '],
    [
      'a principal name in use',
      { Kind: 'PRINCIPAL_NAME', Name: CEO_NAMES.PrincipalName },
      '^EntityStateException: The principal name ',
    ],
    ['a SID in use', { Kind: 'SID', Name: CEO_NAMES.Sid }, '^EntityStateException: The SID '],
    [
      'a name of no user',
      { ...MAIL, Name: 'nobody@example.com' },
      '^EntityNotFoundException: The address "nobody@example.com" is not reserved for a user. Any user can get it without a release$',
    ],
    [
      'a name of another kind',
      { ...MAIL, Name: CEO_NAMES.PrincipalName },
      '^EntityNotFoundException: ',
    ],
    ['no kind', { Name: 'x' }, 'Kind is missing: it must be one of ADDRESS, PRINCIPAL_NAME, SID'],
    ['an unknown kind', { ...MAIL, Kind: 'toString' }, 'Kind must be one of'],
    ['a blank', { ...MAIL, Name: 'a b' }, 'Name must be an address, a principal name or a SID'],
    ['no name', { ...MAIL, Name: '' }, 'Name must be'],
    ['a name that is too long', { ...MAIL, Name: 'x'.repeat(257) }, 'Name must be'],
    ['half a character', { ...MAIL, Name: '\ud800' }, 'Name must be'],
    ['another organization', { ...MAIL, OrganizationId: ELSEWHERE }, '^OrganizationNotFound'],
  ] as const)
    t.match(await control.refusal('ReleaseName', input, { service }), new RegExp(expected), what)
  t.match(control.audit().at(0), { verdict: 'error', reason: 'EntityStateException' })
  t.equal(await control.store.policyVersion(ORGANIZATION), version)
})

t.test(
  'ReleaseName releases a name of a deleted user, even if a directory has the users',
  async t => {
    const synchronization = { intervalMs: 1 } as never
    const control = await startControlTestServer(t, {
      synchronizations: new Map([[ORGANIZATION, synchronization]]),
    })
    const ceo = await control.userId('ceo@example.com')
    await control.store.deleteUser(ORGANIZATION, ceo)
    const { FormerNames } = (await call(control, 'ListFormerNames', { UserId: ceo })).body
    t.equal((FormerNames as unknown[]).length, 5)
    for (const UserId of ['ceo@example.com', '0b0e2f9c-8f6e-4d8a-9c43-6f2f6f0c1a55'])
      t.match(await call(control, 'ListFormerNames', { UserId }), {
        type: 'EntityNotFoundException',
      })
    t.strictSame((await call(control, 'ReleaseName', MAIL)).body, { UserId: ceo })
    t.match(await call(control, 'PutUser', { PrimarySmtpAddress: 'x@example.com' }), {
      type: 'OrganizationStateException',
    })
  },
)

t.test('R3 ImportUsers exchanges no names, and says how to release them', async t => {
  const { control, ceo, bob } = await startAttack(t)
  const importer = await control.addPrincipal('importer', [allowing('ewsgateway:ImportUsers')])
  const Users = [
    { UserId: ceo, PrimarySmtpAddress: 'bob@example.com' },
    { UserId: bob, PrimarySmtpAddress: 'ceo@example.com' },
  ]
  for (const DryRun of [true, false]) {
    const { message = '' } = await call(control, 'ImportUsers', { Users, DryRun }, importer)
    t.match(
      message.split('; '),
      ['bob', 'ceo'].map((name, i) => `Users[${i}]: the address ${name}@example.com stays with`),
    )
  }
  t.equal(await control.userId('ceo@example.com'), ceo)
})

t.test(
  'the table of powers has every permission that changes anything or assumes a role',
  async t => {
    const audited = [...ACTIONS.values()]
      .filter(action => !onlyReads(action))
      .map(({ name }) => name)
    const parts = PART_PERMISSIONS.map(name => name.slice(name.indexOf(':') + 1))
    t.strictSame(
      POWERS.flatMap(({ actions }) => actions).toSorted(),
      [...audited, ...parts, 'PassImpersonationRole'].toSorted(),
    )
  },
)
