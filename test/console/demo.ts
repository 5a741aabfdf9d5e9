/**
 * Starts the gateway that the journey through the console uses: the demo, with a sandbox as its
 * upstream and the console built from these sources.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { DemoCredentials, Key } from '../../src/cli/demo-guide.ts'
import { NODE, ROOT, run } from '../kit/checkout.ts'
import { Command } from '../kit/command.ts'

const LISTEN = ['data', 'control', 'ops'].flatMap(name => [`--listen-${name}`, '127.0.0.1:0'])

export type Demo = DemoCredentials &
  Readonly<{
    /** Key of the tool that acts in `migration-full`. */
    migration: Key
    /** Returns the result of FindItem in an inbox: `NoError`, a ResponseCode, or the HTTP status. */
    findMail: (key: Key, address: string) => Promise<string>
    /** Returns the same for a token. */
    findByToken: (token: string, address: string) => Promise<string>
    /** Calls the control API, by default as the administrator. @throws Error with the response */
    api: (target: string, input: object, key?: Key) => Promise<Record<string, unknown>>
    /** Creates a role that allows everyone but the CEO. @returns its ID */
    createRole: (name: string) => Promise<string>
    /** Creates a principal that may act in a role. @returns its key */
    createTool: (name: string, roleId: string) => Promise<Key>
  }>

/** Builds the console unless it is up to date. */
export async function makeConsole(t: Test): Promise<void> {
  const { code, out, err } = await run(NODE, ['scripts/console.ts'], { cwd: ROOT })
  t.equal(code, 0, `the console is built: ${out}${err}`)
}

export async function startDemo(t: Test): Promise<Demo> {
  const folder = t.testdir({})
  const file = join(folder, 'credentials.json')
  const command = new Command(t, ['demo', ...LISTEN, '--credentials', file], {
    cwd: folder,
    env: { TMPDIR: folder, PATH: process.env['PATH'] ?? '' },
  })
  await command.printed(/The gateway is ready/)
  const credentials = JSON.parse(readFileSync(file, 'utf8')) as DemoCredentials
  const { ewsUrl, controlUrl, organizationId, admin, clients } = credentials
  const [migration] = clients
  if (migration === undefined) throw new Error('The demo has no client')

  const api: Demo['api'] = async (target, input, key = admin) => {
    const response = await fetch(controlUrl, {
      method: 'POST',
      headers: {
        authorization: basic(key),
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': target,
      },
      body: JSON.stringify({ OrganizationId: organizationId, ...input }),
    })
    const content = (await response.json()) as Record<string, unknown>
    if (!response.ok) throw new Error(`${target}: ${JSON.stringify(content)}`)
    return content
  }

  return {
    ...credentials,
    migration,
    findMail: (key, address) => find(ewsUrl, basic(key), address),
    findByToken: (token, address) => find(ewsUrl, `Bearer ${token}`, address),
    api,
    createRole: async Name => {
      const Rules = [
        { ImpersonationRuleId: 'everyone', Name: 'Everyone', Effect: 'ALLOW' },
        {
          ImpersonationRuleId: 'not-the-ceo',
          Name: 'Not the CEO',
          Effect: 'DENY',
          TargetUsers: ['ceo@example.com'],
        },
      ]
      const role = { Name, Type: 'FULL_ACCESS', Rules }
      const { ImpersonationRoleId } = await api('WorkMailService.CreateImpersonationRole', role)
      return String(ImpersonationRoleId)
    },
    createTool: async (name, roleId) => {
      const Statement = {
        Effect: 'Allow',
        Action: ['workmail:AssumeImpersonationRole'],
        Resource: ['*'],
        Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [roleId] } },
      }
      return await createPrincipal(api, name, Statement)
    },
  }
}

/** Creates a principal whose policy has one statement. @returns its key */
export async function createPrincipal(api: Demo['api'], Name: string, statement: object) {
  const Policy = { Version: '2012-10-17', Statement: [statement] }
  const { PrincipalId } = await api('EwsGateway.CreatePrincipal', { Name, Policy })
  const key = await api('EwsGateway.CreateAccessKey', { PrincipalId })
  return {
    accessKeyId: String(key['AccessKeyId']),
    secretAccessKey: String(key['SecretAccessKey']),
  }
}

async function find(ewsUrl: string, authorization: string, address: string): Promise<string> {
  const response = await fetch(ewsUrl, {
    method: 'POST',
    headers: { authorization, 'content-type': 'text/xml; charset=utf-8' },
    body: findItem(address),
  })
  const text = await response.text()
  return /ResponseCode[^>]*>(\w+)</.exec(text)?.[1] ?? String(response.status)
}

const basic = ({ accessKeyId, secretAccessKey }: Pick<Key, 'accessKeyId' | 'secretAccessKey'>) =>
  `Basic ${Buffer.from(`${accessKeyId}:${secretAccessKey}`).toString('base64')}`

export const findItem = (address: string) =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"
  xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Header>
  <t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>${address}</t:SmtpAddress></t:ConnectingSID>
  </t:ExchangeImpersonation></s:Header><s:Body><m:FindItem Traversal="Shallow"><m:ItemShape>
  <t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ParentFolderIds>
  <t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem></s:Body></s:Envelope>`
