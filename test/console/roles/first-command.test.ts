/**
 * Runs the first test command of a new tool, as the console shows it, at a gateway with a self-signed certificate.
 */

import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import t from 'tap'
import { LOOPBACK, makeSelfSigned } from '../../../src/cli/init/self-signed.ts'
import { CA_FILE } from '../../../src/console/roles/snippets/access.ts'
import { CLIENTS } from '../../../src/console/roles/snippets/clients.ts'
import { runCommand } from '../../kit/command.ts'
import { FULL, ORGANIZATION, USERS } from '../../kit/gateway-test-server.ts'
import { isInstalled } from '../../kit/services/process.ts'
import { startLocalServing } from '../../kit/serving.ts'

const run = promisify(execFile)
const missing = ['bash', 'curl'].find(command => !isInstalled(command))
const skip = missing === undefined ? false : `${missing} is not installed`

t.test('the first test command works with a self-signed certificate', { skip }, async t => {
  const { certificate, privateKey } = makeSelfSigned({
    dnsNames: ['localhost'],
    addresses: LOOPBACK,
    from: new Date(Date.now() - 60_000),
    until: new Date(Date.now() + 3_600_000),
  })
  const { server, folder } = await startLocalServing(t, {
    files: { 'tls.crt': certificate, 'tls.key': privateKey },
    config: {
      tls: { certificate: { file: 'tls.crt' }, privateKey: { file: 'tls.key' } },
    },
  })
  const args = ['admin', 'create-key', '--config', 'gateway.yaml', '--organization', 'example']
  const created = await runCommand(t, [...args, '--may-impersonate'], { cwd: folder })
  const [, id] = /AWS_ACCESS_KEY_ID=(\S+)/.exec(created.out) ?? []
  const [, secret] = /AWS_SECRET_ACCESS_KEY=(\S+)/.exec(created.out) ?? []
  const call = request(`https://localhost:${server.gateway.controlPort}/`, {
    method: 'POST',
    ca: certificate,
    auth: `${id}:${secret}`,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'EwsGateway.GiveRoleToTool',
    },
  })
  const answered = new Promise<string>((resolve, reject) => {
    call.on('response', response => void text(response).then(resolve, reject))
    call.on('error', reject)
  })
  const input = {
    OrganizationId: ORGANIZATION,
    ImpersonationRoleId: server.client(FULL.name).role.id,
    Name: 'first-tool',
  }
  call.end(JSON.stringify(input))
  const tool = JSON.parse(await answered)
  t.equal(tool.CaCertificate, certificate, 'the gateway knows what tools must trust')

  const commandFor = (password: string) =>
    CLIENTS[0]?.snippets({
      url: tool.EwsUrl,
      userName: tool.UserName,
      password,
      mailbox: USERS[0]?.primarySmtpAddress ?? '',
      isPrivateCa: true,
    })[0]?.text ?? ''
  const printed = (password: string) =>
    run('bash', ['-c', commandFor(password)], { cwd: folder, encoding: 'utf8' })
  await t.rejects(printed(tool.Password), /curl: \(\d+\)/)

  writeFileSync(join(folder, CA_FILE), tool.CaCertificate)
  t.match((await printed(tool.Password)).stdout, /NoError[\s\S]*\nHTTP status: 200\n$/)
  t.match((await printed('wrong')).stdout, /\nHTTP status: 401\n$/)
})
