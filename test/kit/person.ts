/**
 * Signs people in to a console as a browser does: with the cookies of the console and of the issuer.
 *
 * @module
 */

import { join } from 'node:path'
import type { Configuration } from 'oidc-provider'
import type { Test } from 'tap'
import { Agent, fetch, type RequestInit } from 'undici'
import { openPeople } from '../../src/app/people.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { ask, type BrowserResponse } from './browser.ts'
import {
  type ControlTestServer,
  type ControlTestServerOptions,
  ORGANIZATION,
  startControlTestServer,
} from './control-test-server.ts'
import { CLIENT, startIssuer, type TestIssuer } from './issuer.ts'

/** Origin of the console, which its tests send as Host. */
export const CONSOLE = 'https://console.example.com'

type Oidc = NonNullable<NonNullable<ConfigInput['console']>['oidc']>

export const GRANTS: Oidc['grants'] = [
  { value: 'administrators', policy: 'administer' },
  { value: 'auditors', policy: 'read' },
]

type PeopleOptions = Readonly<{
  /** Origin of the console, {@link CONSOLE} by default. */
  origin?: string
  accessKeys?: boolean
  clientSecret?: string
  grants?: Oidc['grants']
  scopes?: readonly string[]
  /** Path of the configured issuer, which the issuer itself doesn't have. */
  path?: string
  /** Configuration of the issuer. */
  issuer?: Configuration
  /** Certificate and key of the issuer, and the authority that the gateway trusts. */
  tls?: Readonly<{ cert: string; key: string; ca?: string }>
  /** By default, the time of the machine. */
  now?: () => number
  options?: Omit<ControlTestServerOptions, 'now' | 'signingIn' | 'controlUrl' | 'trustedProxies'>
}>

/** Returns a configuration whose console has an issuer. */
export function configOf(
  issuer: string,
  {
    origin = CONSOLE,
    accessKeys = true,
    clientSecret = CLIENT.secret,
    grants = GRANTS,
    scopes,
    tls,
  }: PeopleOptions,
) {
  return loadConfig({
    env: {
      CLIENT_SECRET: clientSecret,
      UPSTREAM_PASSWORD: 'unused',
      ...(tls?.ca && { ISSUER_CA: tls.ca }),
    },
    cwd: join('/'),
    overrides: {
      controlUrl: origin,
      console: {
        accessKeys,
        oidc: {
          name: 'Test issuer',
          issuer,
          clientId: CLIENT.id,
          clientSecret: { env: 'CLIENT_SECRET' },
          grants,
          ...(scopes && { scopes: [...scopes] }),
          ...(tls?.ca && { ca: { env: 'ISSUER_CA' } }),
        },
      },
      organizations: [
        {
          id: ORGANIZATION,
          alias: 'example',
          upstream: {
            url: 'https://mail.example.com/EWS/Exchange.asmx',
            authentication: {
              kind: 'basic',
              username: 'svc',
              password: { env: 'UPSTREAM_PASSWORD' },
            },
            serviceAddresses: ['svc@example.com'],
          },
        },
      ],
    },
  })
}

/** Starts a control server with a real issuer. Ann is an administrator, Bob an auditor, and Carol neither. */
export async function startPeople(t: Test, options: PeopleOptions = {}) {
  const issuer = await startIssuer(t, {
    console: options.origin ?? CONSOLE,
    ...(options.issuer && { configuration: options.issuer }),
    ...(options.tls && { tls: options.tls }),
  })
  issuer.accounts.set('ann', { name: 'Ann Example', groups: ['staff', 'administrators'] })
  issuer.accounts.set('bob', { name: 'Bob Example', groups: ['auditors'] })
  issuer.accounts.set('carol', { groups: ['staff'] })
  const config = configOf(`${issuer.url}${options.path ?? ''}`, options)
  const opened: Awaited<ReturnType<typeof openPeople>>[] = []
  const control = await startControlTestServer(t, {
    ...options.options,
    ...(options.now && { now: options.now }),
    controlUrl: options.origin ?? CONSOLE,
    trustedProxies: ['127.0.0.1'],
    signingIn: async parts => {
      const people = await openPeople(config, parts)
      opened.push(people)
      return people
    },
  })
  return { issuer, control, config, replaceGrants: opened[0]?.replaceGrants }
}

/** Headers of a request of the console's own page, through the proxy that ends TLS. */
export const OWN_PAGE = {
  host: new URL(CONSOLE).host,
  origin: CONSOLE,
  'x-forwarded-proto': 'https',
  'x-forwarded-for': '192.0.2.7',
}

/** Path to which the issuer, another site, leads a browser. */
const FROM_ISSUER = '/console/sign-in/callback'

/** A browser that keeps cookies, and sends those with SameSite=Strict only to requests of the console's own page. */
export class PersonBrowser {
  readonly control: ControlTestServer
  readonly issuer: TestIssuer
  /** Cookies of the console by name. */
  readonly cookies = new Map<string, string>()
  /** Names of the cookies with SameSite=Strict. */
  readonly #strict = new Set<string>()
  readonly #issuerCookies = new Map<string, string>()

  constructor(control: ControlTestServer, issuer: TestIssuer) {
    this.control = control
    this.issuer = issuer
  }

  /** Sends a request of the console's own page, or one to which the issuer leads. */
  async send(
    method: string,
    path: string,
    {
      headers = {},
      body = method === 'POST' ? '{}' : undefined,
    }: Readonly<{ headers?: Record<string, string | undefined>; body?: string | undefined }> = {},
  ): Promise<BrowserResponse> {
    const isFromIssuer = path.startsWith(FROM_ISSUER)
    const sent = [...this.cookies].filter(([name]) => !(isFromIssuer && this.#strict.has(name)))
    const cookie = cookieHeader(new Map(sent))
    const response = await ask(this.control, {
      method,
      path,
      headers: {
        ...OWN_PAGE,
        ...(method === 'GET' && { origin: undefined }),
        ...(cookie !== '' && { cookie }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    })
    const set = [response.headers['set-cookie'] ?? []].flat()
    keep(this.cookies, set)
    for (const line of set) {
      const name = line.replace(/=.*/, '')
      const isStrict = this.cookies.has(name) && /; SameSite=Strict/i.test(line)
      this.#strict[isStrict ? 'add' : 'delete'](name)
    }
    return response
  }

  /** Calls an action of the API with the session. */
  call(target: string, input: object = {}): Promise<BrowserResponse> {
    return this.send('POST', '/', {
      headers: { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' },
      body: JSON.stringify({ OrganizationId: ORGANIZATION, ...input }),
    })
  }

  /** Begins a sign-in. @returns the URL at the issuer */
  async begin(): Promise<string> {
    const { status, body } = await this.send('POST', '/console/sign-in')
    if (status !== 200) throw new Error(`The sign-in did not begin: ${JSON.stringify(body)}`)
    return String(body['url'])
  }

  /**
   * Signs in at the issuer.
   *
   * @param fields - of the issuer's form
   * @returns path and query of the console to which the issuer leads
   */
  async atIssuer(url: string, fields: Readonly<Record<string, string>>): Promise<string> {
    let next = new URL(url)
    for (let form: URLSearchParams | undefined; next.origin === this.issuer.url; ) {
      // The person's browser is no part of the test, and accepts any certificate.
      const response = await fetchAnywhere(next, {
        redirect: 'manual',
        headers: { cookie: cookieHeader(this.#issuerCookies) },
        ...(form && { method: 'POST', body: form }),
      })
      keep(this.#issuerCookies, response.headers.getSetCookie())
      const location = response.headers.get('location')
      const isForm = location === null && response.status === 200 && form === undefined
      if (location === null && !isForm)
        throw new Error(`The issuer answers ${response.status}: ${await response.text()}`)
      form = isForm ? new URLSearchParams(fields) : undefined
      next = new URL(location ?? next, next)
    }
    if (next.origin !== CONSOLE) throw new Error(`The issuer leads to ${next}`)
    return `${next.pathname}${next.search}`
  }

  /** Signs in completely. @returns the last response of the console */
  async signIn(name: string): Promise<BrowserResponse> {
    return await this.send('GET', await this.atIssuer(await this.begin(), { name }))
  }
}

const browser = new Agent({ connect: { rejectUnauthorized: false } })

const fetchAnywhere = (url: URL, options: RequestInit) =>
  fetch(url, { ...options, dispatcher: browser })

const cookieHeader = (cookies: ReadonlyMap<string, string>) =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')

function keep(cookies: Map<string, string>, set: readonly string[]): void {
  for (const line of set) {
    const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
    if (/Max-Age=0|expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name)
    else cookies.set(name, value)
  }
}
