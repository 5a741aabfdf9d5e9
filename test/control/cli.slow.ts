/**
 * The running gateway, driven by the AWS CLI: each operation once, for each starts a Python.
 * sdk.test.ts has their other answers.
 */

import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import type { PolicyDocument } from '../../src/model/iam.ts'
import { roleId } from '../../src/model/role.ts'
import { ORGANIZATION, startHouse } from '../kit/harness.ts'

const AWS = '/usr/bin/aws'
const run = promisify(execFile)
const EVERYTHING: PolicyDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['*'], Resource: ['*'] }],
}

const skip = existsSync(AWS) ? false : `${AWS} is not there: install the AWS CLI (awscli)`

t.test('aws workmail administers the gateway', { skip }, async t => {
  const house = await startHouse(t)
  const { key } = await house.addPrincipal('admin', EVERYTHING)
  const folder = t.testdir({})
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: folder,
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_ACCESS_KEY_ID: key.id,
    AWS_SECRET_ACCESS_KEY: key.secret,
    AWS_DEFAULT_REGION: 'eu-west-1',
    AWS_MAX_ATTEMPTS: '1',
  }
  const endpoint = `http://127.0.0.1:${house.gateway.controlPort}`
  /** Runs a command; what it prints as JSON, or nothing. */
  const aws = async (command: string, ...options: string[]): Promise<Record<string, unknown>> => {
    const organization = ['--organization-id', ORGANIZATION]
    const common = ['--endpoint-url', endpoint, '--output', 'json', ...organization]
    const { stdout } = await run(AWS, ['workmail', command, ...common, ...options], { env })
    return stdout.trim() === '' ? {} : JSON.parse(stdout)
  }
  const content = (rules: readonly object[]) => [
    ...['--name', 'cli', '--type', 'READ_ONLY', '--rules', JSON.stringify(rules)],
  ]
  const everyone = { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }
  const notTheCeo = { ImpersonationRuleId: 'no', Effect: 'DENY', TargetUsers: ['ceo@example.com'] }

  const made = await aws('create-impersonation-role', ...content([everyone, notTheCeo]))
  const role = ['--impersonation-role-id', String(made['ImpersonationRoleId'])]
  const get = () => aws('get-impersonation-role', ...role)
  // As many at a time as there are processors.
  const [read, { Roles, NextToken }] = await Promise.all([
    get(),
    aws('list-impersonation-roles', '--max-results', '2'),
  ])
  t.match(read, {
    Name: 'cli',
    Type: 'READ_ONLY',
    Rules: [everyone, { TargetUsers: [await house.userId('ceo@example.com')] }],
  })
  t.equal((Roles as object[]).length, 2)
  t.match(NextToken, /./)

  const put = ['--name', 'office', '--effect', 'ALLOW', '--description', 'The office']
  const [denied] = await Promise.all([
    aws('get-impersonation-role-effect', ...role, '--target-user', 'boss@example.com'),
    aws('put-access-control-rule', ...put, '--ip-ranges', '192.0.2.0/24'),
  ])
  t.strictSame(
    [denied['Type'], denied['Effect'], denied['MatchedRules']],
    ['READ_ONLY', 'DENY', [{ ImpersonationRuleId: 'no' }]],
  )
  const [{ Rules }, access] = await Promise.all([
    aws('list-access-control-rules'),
    aws('get-access-control-effect', '--ip-address', '192.0.2.9', '--action', 'EWS', ...role),
  ])
  t.match(Rules, [{ Name: 'Default' }, { Name: 'office', IpRanges: ['192.0.2.0/24'] }])
  t.strictSame(access, { Effect: 'ALLOW', MatchedRules: ['Default', 'office'] })

  await Promise.all([
    aws('update-impersonation-role', ...role, ...content([])),
    aws('delete-access-control-rule', '--name', 'office'),
  ])
  const [changed, { Token, ExpiresIn }] = await Promise.all([
    house.store.role(ORGANIZATION, roleId(String(made['ImpersonationRoleId']))),
    aws('assume-impersonation-role', ...role),
  ])
  t.strictSame(changed?.rules, [])
  t.match(Token, /^[\w-]+\.[\w-]+\.[\w-]+$/)
  t.equal(ExpiresIn, 900)

  await aws('delete-impersonation-role', ...role)
  await t.rejects(get(), {
    message:
      /An error occurred \(ResourceNotFoundException\) when calling the GetImpersonationRole operation.*: The impersonation role/,
  })
})
