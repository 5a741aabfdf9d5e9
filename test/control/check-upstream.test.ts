import t from 'tap'
import type { Synchronization } from '../../src/directory/directory.ts'
import { Health } from '../../src/telemetry/health.ts'
import type { CheckLine } from '../../src/upstream/upstream.ts'
import { ELSEWHERE, ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'

const LINES: readonly CheckLine[] = [
  { name: 'name', result: 'ok', detail: 'mail.example.com is 192.0.2.1' },
  { name: 'tcp', result: 'failed', detail: 'port 443 accepts no connection', advice: 'Start it.' },
]

t.test('CheckUpstream returns the results of the check, and is recorded', async t => {
  const asked: unknown[] = []
  let lines = LINES
  const control = await startControlTestServer(t, {
    checkUpstream: async ({ id }, impersonate) => {
      asked.push([id, impersonate])
      return lines
    },
  })
  const check = (input: object, as = control.admin) =>
    control.call(
      'CheckUpstream',
      { OrganizationId: ORGANIZATION, ...input },
      { as, service: 'EwsGateway' },
    )

  t.strictSame((await check({ As: 'alice@example.com' })).body, {
    Passed: false,
    Checks: [
      { Name: 'name', Result: 'ok', Detail: 'mail.example.com is 192.0.2.1' },
      {
        Name: 'tcp',
        Result: 'failed',
        Detail: 'port 443 accepts no connection',
        Advice: 'Start it.',
      },
    ],
  })
  t.match(control.audit().at(-1), {
    action: 'ewsgateway:CheckUpstream',
    verdict: 'allow',
    after: { passed: false, impersonate: 'alice@example.com' },
  })
  lines = LINES.slice(0, 1)
  t.match((await check({})).body, { Passed: true })
  t.strictSame(asked, [
    [ORGANIZATION, 'alice@example.com'],
    [ORGANIZATION, undefined],
  ])

  t.match(await check({ As: 'not an address' }), { status: 400, message: /As must be the address/ })
  t.equal((await check({}, await control.addPrincipal('nobody', []))).status, 403)
  t.equal(asked.length, 2, 'nothing is requested for a principal without the permission')
})

/** A directory that could not be read for a while. */
const SYNCHRONIZATION: Synchronization = {
  intervalMs: 1_000,
  synchronize: async () => {
    throw new Error('unused')
  },
  state: async () => ({ failures: 3, unfit: [], alarm: 'Look at its log' }),
}

t.test('R38 DescribeOverview returns what is in trouble, and what to do', async t => {
  const health = new Health()
  const checks: readonly [string, string | undefined][] = [
    ['policy', undefined],
    ['store', 'No connection'],
    ['audit', 'The disk is full: make room'],
    ['mailboxes', `${ELSEWHERE}: The upstream gives 2 mailboxes to several users`],
    ['upstream', `${ELSEWHERE}: down`],
  ]
  for (const [name, message] of checks)
    health.add(name, {
      kinds: ['ready'],
      degrades: name === 'store',
      check: () => {
        if (message !== undefined) throw new Error(message)
      },
    })
  const control = await startControlTestServer(t, {
    health,
    certificateEndsAt: 1_900_000_000_000,
    synchronizations: new Map([[ORGANIZATION, SYNCHRONIZATION]]),
    upstreamStatus: {
      state: 'down',
      since: 1_500,
      trouble: {
        cause: 'refused',
        message: 'The upstream rejects connections',
        remedy: 'Start it.',
      },
    },
  })
  const { body } = await control.call(
    'DescribeOverview',
    { OrganizationId: ORGANIZATION },
    { as: control.admin, service: 'EwsGateway' },
  )
  t.strictSame(body['Upstream'], {
    State: 'down',
    DateChanged: 1.5,
    Cause: 'refused',
    Message: 'The upstream rejects connections',
    Remedy: 'Start it.',
  })
  t.match(body['Health'], [
    { Name: 'policy', Status: 'pass' },
    { Name: 'store', Status: 'warn', Message: /^No connection[.] Start the database/ },
    { Name: 'audit', Status: 'fail', Message: 'The disk is full: make room' },
    { Name: 'directory', Status: 'warn', Message: 'Look at its log' },
  ])
  t.equal((body['Health'] as unknown[]).length, 4, 'and nothing about another organization')
  t.equal(body['DateCertificateEnds'], 1_900_000_000)
})
