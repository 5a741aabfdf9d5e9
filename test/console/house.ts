/**
 * What a journey through the console visits: a gateway before a sandbox, started as anybody would
 * start it, with the console that is built of these sources.
 */

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import type { DemoCredentials, Key } from '../../src/cli/demo-guide.ts'
import { NODE, ROOT, run } from '../kit/checkout.ts'
import { Command } from '../kit/command.ts'
import { CHROMIUM } from './browser.ts'

const LISTEN = ['data', 'control', 'ops'].flatMap(name => [`--listen-${name}`, '127.0.0.1:0'])

/** Why there is no journey on this machine, or false. */
export const NO_BROWSER = existsSync(CHROMIUM) ? false : 'there is no Chromium here'

export type House = DemoCredentials &
  Readonly<{
    /** What EWS answers to FindItem in an inbox: `NoError`, a ResponseCode, or the HTTP status. */
    findMail: (key: Key, role: string | undefined, address: string) => Promise<string>
    /** The same with a token. */
    findByToken: (token: string, address: string) => Promise<string>
    /** Calls the control API, as the administrator if no key is given. */
    api: (target: string, input: object, key?: Key) => Promise<Record<string, unknown>>
  }>

/** Builds the console where it is not what the sources are. */
export async function makeConsole(t: Test): Promise<void> {
  const { code, out, err } = await run(NODE, ['scripts/console.ts'], { cwd: ROOT })
  t.equal(code, 0, `the console is built: ${out}${err}`)
}

export async function startHouse(t: Test): Promise<House> {
  const folder = t.testdir({})
  const file = join(folder, 'credentials.json')
  const demo = new Command(t, ['demo', ...LISTEN, '--credentials', file], {
    cwd: folder,
    env: { TMPDIR: folder, PATH: process.env['PATH'] ?? '' },
  })
  await demo.printed(/The gateway is ready/)
  const credentials = JSON.parse(readFileSync(file, 'utf8')) as DemoCredentials
  const { ewsUrl, controlUrl, organizationId, admin } = credentials
  return {
    ...credentials,
    findMail: async (key, role, address) => {
      const name = role === undefined ? key.accessKeyId : `${role}\\${key.accessKeyId}`
      return await find(ewsUrl, basic(name, key.secretAccessKey), address)
    },
    findByToken: async (token, address) => await find(ewsUrl, `Bearer ${token}`, address),
    api: async (target, input, key = admin) => {
      const answer = await fetch(controlUrl, {
        method: 'POST',
        headers: {
          authorization: basic(key.accessKeyId, key.secretAccessKey),
          'content-type': 'application/x-amz-json-1.1',
          'x-amz-target': target,
        },
        body: JSON.stringify({ OrganizationId: organizationId, ...input }),
      })
      const content = (await answer.json()) as Record<string, unknown>
      if (!answer.ok) throw new Error(`${target}: ${JSON.stringify(content)}`)
      return content
    },
  }
}

async function find(ewsUrl: string, authorization: string, address: string): Promise<string> {
  const answer = await fetch(ewsUrl, {
    method: 'POST',
    headers: { authorization, 'content-type': 'text/xml; charset=utf-8' },
    body: findItem(address),
  })
  const text = await answer.text()
  return /ResponseCode[^>]*>(\w+)</.exec(text)?.[1] ?? String(answer.status)
}

const basic = (name: string, secret: string) =>
  `Basic ${Buffer.from(`${name}:${secret}`).toString('base64')}`

export const findItem = (address: string) =>
  `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"
  xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><s:Header>
  <t:ExchangeImpersonation><t:ConnectingSID><t:SmtpAddress>${address}</t:SmtpAddress></t:ConnectingSID>
  </t:ExchangeImpersonation></s:Header><s:Body><m:FindItem Traversal="Shallow"><m:ItemShape>
  <t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:ParentFolderIds>
  <t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem></s:Body></s:Envelope>`
