/**
 * Runs everything that a client can do, directly and through the gateway in different roles, and compares how its steps end.
 *
 * @module
 */

import { isDeepStrictEqual } from 'node:util'
import type { Test } from 'tap'
import { PROFILES } from '../../src/model/profile.ts'
import {
  FULL,
  type GatewayTestServer,
  type Key,
  READ_ONLY,
  type RoleSeed,
  SERVICE,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { GUIDE_ORGANIZATION } from '../kit/grommunio.ts'

export const SERVERS = ['exchange', 'grommunio'] as const
export type ServerName = (typeof SERVERS)[number]

/** Roles by the name of their column: without a profile, and one for each profile. */
export const ROLES: Readonly<Record<string, RoleSeed>> = {
  FULL_ACCESS: FULL,
  READ_ONLY,
  ...Object.fromEntries(PROFILES.map(name => [name, { ...FULL, name, profile: { name } }])),
}

/** User whose mailbox all clients use. */
export const MAILBOX = 'alice@example.com'

/** How a step ended: with a value, or with the name of an error. */
export type Ended = Readonly<{
  /** Class of folders that the step needs, or what else it does. */
  area: string
  value?: unknown
  error?: string
}>

/** How a step ended, and what the gateway denied. */
type Outcome = Ended & Readonly<{ denied: readonly string[] }>
export type Outcomes = Readonly<Record<string, Outcome>>

/** Server, account, and callback of one run. */
export type Run = Readonly<{
  server: GatewayTestServer
  /** URL and key that are tried. */
  url: string
  key: Key
  /** Key of the service account, for what a run prepares at the server. */
  service: Key
  isDirect: boolean
  /** To be called after each step, with its name. */
  onStep: (step: string) => void
}>

export type Client = Readonly<{
  skip: string | false
  /** Whether it can't impersonate, so that it signs in directly as the user. */
  isUser?: true
  /** Server that it can't use without the gateway. Then its runs are compared with FULL_ACCESS. */
  needsGateway?: ServerName
  /** Whether it also sends requests that belong to no step. Then denied operations are not recorded. */
  isBusy?: true
  /** Starts it for the runs before a server, and returns what does all steps once, in words. */
  start: (t: Test) => Runner | Promise<Runner>
}>
export type Runner = (t: Test, run: Run) => Promise<Readonly<Record<string, Ended>>>

/** Runs all steps in a new mailbox. @param role - undefined: directly at the server */
export async function runSteps(
  t: Test,
  client: Client,
  runner: Runner,
  name: ServerName,
  role: string | undefined,
): Promise<Outcomes> {
  const isDirect = role === undefined
  const account = isDirect && client.isUser ? MAILBOX : SERVICE
  const service: Key = { id: account, secret: 'password-of-the-service' }
  const server = await startGatewayTestServer(t, {
    service: account,
    upstreamPassword: service.secret,
    keepSeen: 100_000,
    delegations: [{ owner: 'bob@example.com', delegate: MAILBOX }],
    ...(name === 'grommunio'
      ? { gromox: true, organization: GUIDE_ORGANIZATION }
      : { enforcesSendAs: true }),
    roles: Object.values(ROLES).filter(
      ({ profile }) => profile !== undefined && profile.name === role,
    ),
  })
  const deniedBy: Record<string, readonly string[]> = {}
  let seen = 0
  const outcomes = await runner(t, {
    server,
    url: isDirect ? server.sandbox.url : server.url,
    key: isDirect ? service : server.client(ROLES[role]?.name ?? '').key,
    service,
    isDirect,
    onStep: step => {
      const records = server.audit().filter(({ verdict }) => verdict === 'deny')
      const denials = records.slice(seen).map(({ operation, reason }) => `${operation}: ${reason}`)
      deniedBy[step] = [...new Set(denials)].toSorted()
      seen = records.length
    },
  })
  await server.close()
  return Object.fromEntries(
    Object.entries(outcomes).map(([step, ended]) => [
      step,
      { ...ended, denied: client.isBusy ? [] : (deniedBy[step] ?? []) },
    ]),
  )
}

/** Returns the errors of steps. */
export const errorsIn = (outcomes: Outcomes): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(outcomes).flatMap(([step, { error }]) =>
      error === undefined ? [] : [[step, error] as const],
    ),
  )

/** Returns how a step ends in another way than directly; undefined if it doesn't. */
export function differenceOf(directly: Outcome, found: Outcome | undefined): string | undefined {
  if (found === undefined) return 'not reached'
  if (isDeepStrictEqual([directly.error, directly.value], [found.error, found.value]))
    return undefined
  if (found.denied.length > 0) return found.denied.join(', ')
  return found.error ?? 'fewer'
}
