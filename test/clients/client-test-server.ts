/**
 * Fixture of all client tests: roles, content of the mailboxes, and checks of the sandbox afterward.
 */

import { createHash, randomBytes } from 'node:crypto'
import type { Test } from 'tap'
import { OPERATIONS, type OperationName } from '../../src/ews/operations.ts'
import {
  type GatewayTestServer,
  type GatewayTestServerOptions,
  NEUTRAL,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { GUIDE_ORGANIZATION } from '../kit/grommunio.ts'

/** Names of the keys of a test server. */
export const ROLES = ['full', 'readOnly'] as const

export const SID_OF_ALICE = 'S-1-5-21-1004336348-1177238915-682003330-1101'
export const SID_OF_THE_CEO = 'S-1-5-21-1004336348-1177238915-682003330-1104'

export const TEN_MEGABYTES = randomBytes(10 * 1024 * 1024)

/** A message from Erika to all users. */
export const CONTRACT = {
  subject: 'Contract & <annex> – Zürich',
  body: '<p>Signed &amp; sealed: 漢字</p>',
  from: 'erika@partner.example',
  files: [
    {
      name: 'contract.pdf',
      contentType: 'application/pdf',
      content: randomBytes(3_000),
    },
  ],
} as const

export const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Makes the servers of this process behave like grommunio, with the configuration of its guide. */
export function likeGrommunio(): void {
  usual = { gromox: true, organization: GUIDE_ORGANIZATION }
}

let usual: GatewayTestServerOptions = {}

/** Starts a test server with the contract in each inbox, and a message of 10 MB in the inbox of Bob. */
export async function startFurnished(
  t: Test,
  options: GatewayTestServerOptions = {},
): Promise<GatewayTestServer> {
  const server = await startGatewayTestServer(t, { keepSeen: 100_000, ...usual, ...options })
  for (const name of ['alice', 'bob', 'carol', 'ceo'])
    server.sandbox.mailbox(`${name}@example.com`).deliver(CONTRACT)
  server.sandbox.mailbox('bob@example.com').deliver({
    subject: 'Big',
    files: [{ name: 'big.bin', contentType: 'application/octet-stream', content: TEN_MEGABYTES }],
  })
  return server
}

/** Every operation that the sandbox ran since it last forgot changes nothing. */
export function nothingWasWritten(t: Test, { sandbox }: GatewayTestServer, title: string) {
  const writes = sandbox.executed.filter(
    ({ operation }) => OPERATIONS[operation as OperationName]?.readOnlyAllowed !== true,
  )
  t.strictSame(writes, [], `P4 ${title}`)
}

/**
 * Checks that every request to the sandbox had exactly one impersonation header, for a user who can be
 * impersonated.
 */
export function everyoneWasImpersonated(
  t: Test,
  { sandbox }: GatewayTestServer,
  people: readonly string[],
  title: string,
) {
  const posts = sandbox.seen.filter(({ method }) => method === 'POST')
  const allowed = [...people.map(name => `${name}@example.com`), NEUTRAL]
  const wrong = posts.filter(
    ({ impersonated, impersonationHeaders }) =>
      impersonationHeaders !== 1 || !allowed.includes(impersonated ?? ''),
  )
  t.ok(posts.length > 0)
  t.strictSame(
    wrong.map(({ operation, impersonated }) => ({ operation, impersonated })),
    [],
    `P1 ${title}`,
  )
}

/** Returns the reasons of the denials, each once. */
export function reasonsIn(server: GatewayTestServer): readonly string[] {
  const refusals = server.audit().filter(({ verdict }) => verdict === 'deny')
  return [...new Set(refusals.map(({ reason }) => reason ?? ''))].toSorted()
}
