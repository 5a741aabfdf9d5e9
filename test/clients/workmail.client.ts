/**
 * The script of docs/workmail.md, run with the AWS CLI against another gateway: what it keeps can be
 * imported.
 */

import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import t from 'tap'
import { Command } from '../kit/command.ts'
import { ORGANIZATION, startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { configOf } from '../kit/serving.ts'
import { without } from './desktop.ts'

const AWS = '/usr/bin/aws'
const skip = without('The AWS CLI', AWS)

t.test('docs/workmail.md exports what import-workmail accepts', { skip }, async t => {
  const page = readFileSync(new URL('../../docs/workmail.md', import.meta.url), 'utf8')
  const [, script = ''] = /^```bash\n(cd workmail.*?)^```$/ms.exec(page) ?? []
  const server = await startGatewayTestServer(t)
  const { key } = await server.addPrincipal('admin', {
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: ['workmail:Get*', 'workmail:List*'], Resource: ['*'] }],
  })
  const folder = t.testdir({ 'upstream.password': 'correct-horse-battery' })
  mkdirSync(join(folder, 'workmail'))
  await promisify(execFile)('bash', ['-euc', script], {
    cwd: folder,
    env: {
      PATH: '/usr/bin:/bin',
      HOME: folder,
      AWS_ACCESS_KEY_ID: key.id,
      AWS_SECRET_ACCESS_KEY: key.secret,
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_ENDPOINT_URL_WORKMAIL: `http://127.0.0.1:${server.gateway.controlPort}`,
      AWS_EC2_METADATA_DISABLED: 'true',
    },
  })
  t.match(script, ORGANIZATION)
  const config = configOf('https://mail.example.com/EWS/Exchange.asmx')
  writeFileSync(join(folder, 'gateway.yaml'), JSON.stringify(config))
  const options = ['--organization', 'example', '--from', 'workmail', '--config', 'gateway.yaml']
  const command = new Command(t, ['import-workmail', ...options], { cwd: folder })
  t.equal(await command.ended, 0, command.err)
  t.match(command.out, /users: 5 created/)
  t.match(command.out, 'roles: 2 created')
})
