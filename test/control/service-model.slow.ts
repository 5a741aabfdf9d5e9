/**
 * The gateway's own actions, called by the AWS CLI and boto3 through docs/ewsgateway.model.json.
 */

import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { ROOT } from '../kit/checkout.ts'
import { ORGANIZATION, startDesk } from '../kit/desk.ts'

const AWS = '/usr/bin/aws'
const PYTHON = '/usr/bin/python3'
const MODEL = join(ROOT, 'docs/ewsgateway.model.json')
const run = promisify(execFile)

const hasBoto3 = await run(PYTHON, ['-c', 'import boto3']).then(
  () => true,
  () => false,
)
const skipAws = existsSync(AWS) ? false : `${AWS} is not there: install the AWS CLI (awscli)`
const skipBoto3 = hasBoto3 ? false : 'boto3 is not there: install python3-boto3'

/** Starts a control API, and prepares a home folder for clients of it. */
async function begin(t: Test) {
  const desk = await startDesk(t)
  const role = await desk.createRole('tool')
  const home = t.testdir({})
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: home,
    AWS_DATA_PATH: join(home, '.aws/models'),
    AWS_CONFIG_FILE: join(home, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(home, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ACCESS_KEY_ID: desk.admin.id,
    AWS_SECRET_ACCESS_KEY: desk.admin.secret,
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_MAX_ATTEMPTS: '1',
  }
  return { desk, role, home, env }
}

const common = { timeout: 600_000 }

t.test('aws ewsgateway calls the actions of EwsGateway', { ...common, skip: skipAws }, async t => {
  const { desk, role, env } = await begin(t)
  const model = ['--service-model', `file://${MODEL}`, '--service-name', 'ewsgateway']
  await run(AWS, ['configure', 'add-model', ...model], { env })
  /** Runs a command, and returns its JSON. */
  const aws = async (command: string, ...options: string[]) => {
    const organization = ['--organization-id', ORGANIZATION]
    const own = ['--endpoint-url', desk.url, '--output', 'json', ...organization]
    const { stdout } = await run(AWS, ['ewsgateway', command, ...own, ...options], { env })
    return JSON.parse(stdout)
  }
  const one = ['--impersonation-role-id', role]
  const Policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: ['workmail:List*'],
        Resource: ['*'],
        Condition: { IpAddress: { 'aws:SourceIp': ['192.0.2.0/24'] } },
      },
    ],
  }

  const { Users } = await aws('search-users', '--text', 'alice')
  t.match(Users, [{ Email: 'alice@example.com', Enabled: true }])
  const made = await aws('create-principal', '--name', 'cli', '--policy', JSON.stringify(Policy))
  const { Principals } = await aws('list-principals')
  t.match(Principals.find(matching(made)), { Name: 'cli', Policy })
  const locked = await aws(
    'lock-impersonation-role',
    ...one,
    ...['--message', 'Closed', '--expires-time', '2100-01-01T00:00:00Z'],
  )
  const described = await aws('describe-impersonation-role', ...one)
  t.match(described, { Version: locked.Version, Locked: true, Lock: { Message: 'Closed' } })
  t.equal(Date.parse(described.Lock.ExpiresTime), Date.UTC(2100, 0, 1))
  await t.rejects(aws('unlock-impersonation-role', ...one, '--expected-version', '0'), {
    message: /\(ConflictException\) when calling the UnlockImpersonationRole operation/,
  })
})

t.test('boto3 calls the actions of EwsGateway', { ...common, skip: skipBoto3 }, async t => {
  const { desk, role, home, env } = await begin(t)
  const folder = join(home, '.aws/models/ewsgateway/2026-11-01')
  mkdirSync(folder, { recursive: true })
  copyFileSync(MODEL, join(folder, 'service-2.json'))
  const script = join(ROOT, 'test/control/python/service_model.py')
  const { stdout } = await run(PYTHON, [script, ORGANIZATION, role], {
    env: { ...env, AWS_ENDPOINT_URL_EWSGATEWAY: desk.url },
  })
  t.strictSame(JSON.parse(stdout), {
    emails: ['alice@example.com'],
    policy: true,
    expires: true,
    created: true,
    conflict: 'ConflictException',
  })
})

const matching =
  ({ PrincipalId }: Readonly<{ PrincipalId: string }>) =>
  (other: Readonly<{ PrincipalId: string }>) =>
    other.PrincipalId === PrincipalId
