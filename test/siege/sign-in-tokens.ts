/**
 * Sends mutants of an issuer's tokens to the code of the checkout under attack, and some of them to its gateway. Each that
 * is accepted must be one that the issuer vouches for.
 *
 * @module
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { TokenSubject } from '../../src/model/external-identity.ts'
import { ASSUME_ROLE } from '../../src/model/iam.ts'
import { principalId } from '../../src/model/principal.ts'
import { Counter, type PartReport, type RunOptions } from './part.ts'
import { ORDINARY, requestBytes } from './requests.ts'
import { AUDIENCE, ISSUER, PUBLISHED, TokenMutants } from './token-mutants.ts'
import { exchange, inParallel } from './wire.ts'
import { ORGANIZATION } from './world.ts'

/** How often a token is sent that must be accepted. */
const CONTROL = 100
const WIDTH = 4
const LATE_SECONDS = 60
/** Longer than any run, so that the keys need to be read once. */
const DAY_MS = 86_400_000
/** Maximum length of a token in a finding. Its number repeats it. */
const MAX_SHOWN = 400

/** Identities of the principals that tokens sign in as. */
export const SUBJECTS: Readonly<Record<'tool' | 'other', readonly TokenSubject[]>> = {
  tool: [subject('sub', 'tool')],
  other: [subject('oid', 'other'), subject('appid', 'other')],
}

function subject(claim: TokenSubject['claim'], name: string): TokenSubject {
  return { kind: 'token-subject', issuer: ISSUER, claim, subject: name }
}

/** A server that publishes the keys of the issuer, and counts how often they are read. */
export class KeyServer {
  readonly #server = createServer((_, response) => {
    this.requests += 1
    response.setHeader('Content-Type', 'application/json').end(JSON.stringify(PUBLISHED))
  })
  requests = 0

  static async start(): Promise<KeyServer> {
    const keys = new KeyServer()
    await once(keys.#server.listen(0, '127.0.0.1'), 'listening')
    return keys
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks`
  }

  close(): void {
    this.#server.closeAllConnections()
    this.#server.close()
  }
}

type Family = Readonly<{ tried: number; lines: readonly string[]; findings: readonly string[] }>

/** Verifies mutants, without a gateway. */
export async function tokens({ root, seed, count = 1_000 }: RunOptions): Promise<PartReport> {
  const keys = await KeyServer.start()
  try {
    return { part: 'tokens in process', ...(await tokensInProcess(root, seed, count, keys)) }
  } finally {
    keys.close()
  }
}

/** Verifies mutants with the code of a checkout. */
export async function tokensInProcess(
  root: string,
  seed: number,
  count: number,
  keys: KeyServer,
): Promise<Family> {
  const { authenticate, close } = await authenticatorOf(root, keys.url)
  const at = Date.now()
  const mutants = new TokenMutants(seed, at)
  const [results, findings] = [new Counter(), [] as string[]]
  const before = keys.requests
  for (let number = 0; number < count; number += 1) {
    const { token, kind, mayBe } = mutants.mutant(number)
    const principal = await authenticate(token, at)
    results.add(`${kind}: ${principal === undefined ? 'rejected' : 'accepted'}`)
    if (principal !== undefined && principal !== mayBe)
      findings.push(
        `token ${number} is accepted as ${principal}, not ${mayBe}: ${token.slice(0, MAX_SHOWN)}`,
      )
    if (number % CONTROL === 0 && (await authenticate(mutants.good[0] ?? '', at)) !== 'tool')
      findings.push('a token of the issuer is rejected')
  }
  await close()
  const asked = keys.requests - before
  if (asked > 1) findings.push(`the keys were read ${asked} times`)
  if (results.count('signed by the issuer: accepted') < count / 50)
    findings.push('too few mutants are accepted for a result')
  return { tried: count, lines: [`tokens: ${results}; keys read ${asked} times`], findings }
}

/** Returns a function that tells which principal a token signs in as. */
async function authenticatorOf(root: string, jwksUrl: string) {
  const load = (file: string) => import(pathToFileURL(join(root, 'src', file)).href)
  const [issuers, keys, sqlite, limiter, iam] = (await Promise.all([
    load('credentials/issuer-tokens.ts'),
    load('credentials/issuer-keys.ts'),
    load('store/sqlite.ts'),
    load('credentials/authentication-rate-limiter.ts'),
    load('policy/iam.ts'),
  ])) as [
    typeof import('../../src/credentials/issuer-tokens.ts'),
    typeof import('../../src/credentials/issuer-keys.ts'),
    typeof import('../../src/store/sqlite.ts'),
    typeof import('../../src/credentials/authentication-rate-limiter.ts'),
    typeof import('../../src/policy/iam.ts'),
  ]
  const store = await sqlite.openSqlite(':memory:')
  const Statement = [{ Effect: 'Allow' as const, Action: [ASSUME_ROLE], Resource: ['*'] }]
  const policy = { Version: '2012-10-17' as const, Statement }
  for (const [name, identities] of Object.entries(SUBJECTS)) {
    const id = principalId(name)
    await store.putPrincipal({ id, organizationId: ORGANIZATION.id, name, enabled: true, policy })
    await store.putIdentities(ORGANIZATION.id, id, identities)
  }
  const authenticator = new issuers.IssuerAuthenticator({
    issuers: [
      {
        issuer: ISSUER,
        audience: AUDIENCE,
        algorithms: ['ES256'],
        keys: keys.keysOfIssuer({ jwksUrl, maxAgeMs: DAY_MS, cooldownMs: DAY_MS }),
      },
    ],
    identities: store,
    rateLimiter: new limiter.AuthenticationRateLimiter(),
    assumesOnly: iam.assumesOnly,
  })
  const authenticate = async (token: string, at: number) => {
    const authorization = `Bearer ${token}`
    const result = await authenticator.authenticate({
      authorization,
      sourceAddress: '192.0.2.7',
      at,
    })
    return result?.kind === 'authenticated' ? result.caller.principal.name : undefined
  }
  return { authenticate, close: () => store.close() }
}

/** Sends mutants to a gateway, each on a connection of its own. */
export async function tokensOnWire(port: number, seed: number, count: number): Promise<Family> {
  const numbers = Array.from({ length: count }, (_, number) => number)
  const [answers, findings] = [new Counter(), [] as string[]]
  const statusOf = async (token: string) => {
    const bytes = requestBytes(ORDINARY, { authorization: `Bearer ${token}` })
    const { statuses } = await exchange(port, bytes)
    return statuses.at(-1)
  }
  await inParallel(numbers, WIDTH, async number => {
    // Time passes for the gateway.
    const mutants = new TokenMutants(seed, Date.now(), LATE_SECONDS)
    const { token, mayBe } = mutants.mutant(number)
    const status = await statusOf(token)
    answers.add(`answered ${status ?? 'by closing the connection'}`)
    if (status === 200 && mayBe === undefined)
      findings.push(`token ${number} is accepted by the gateway: ${token.slice(0, MAX_SHOWN)}`)
    if (number % CONTROL === 0 && (await statusOf(mutants.good[0] ?? '')) !== 200)
      findings.push('the gateway rejects a token of the issuer')
  })
  return { tried: count, lines: [`tokens on the wire: ${answers}`], findings }
}
