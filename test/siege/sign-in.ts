/**
 * Attacks on the ways to sign in other than by an access key in each request: NTLM, accounts of a directory, and tokens of an
 * issuer. Two gateways share a store.
 *
 * @module
 */

import { ASSUME_ROLE } from '../../src/model/iam.ts'
import { principalId } from '../../src/model/principal.ts'
import { BASE, noSlapd, READER } from '../kit/services/slapd.ts'
import {
  type AttackedGateway,
  addPrincipal,
  organizationBefore,
  type Seed,
  startAttackedGateway,
} from './gateway.ts'
import { accountOf, HOST, NtlmConnection } from './ntlm-connection.ts'
import { MAX_FINDINGS, type PartReport, type RunOptions } from './part.ts'
import { complaintsOf } from './siege-target.ts'
import { ACCOUNTS, ACCOUNTS_LDIF, guesses, kills, names } from './sign-in-accounts.ts'
import { CountedDirectory } from './sign-in-directory.ts'
import { HOSTS, handshakes, ntlmMutants } from './sign-in-handshakes.ts'
import { KeyServer, SUBJECTS, tokensInProcess, tokensOnWire } from './sign-in-tokens.ts'
import { AUDIENCE, ISSUER } from './token-mutants.ts'
import { Upstream } from './upstream.ts'
import { ORGANIZATION, ROLE } from './world.ts'

const COUNTS = {
  short: { tokens: 2_000, sent: 150, messages: 150 },
  long: { tokens: 100_000, sent: 3_000, messages: 3_000 },
}
/** Several gateways can use a file as their store. */
const LISTEN = {
  data: '127.0.0.1:0',
  control: '127.0.0.1:0',
  ops: '127.0.0.1:0',
  shareData: true,
}
const MAY_ASSUME = {
  Action: [ASSUME_ROLE],
  Condition: { StringEquals: { 'workmail:ImpersonationRoleId': [ROLE.id] } },
}

export async function signIn({ root, seed, short, count }: RunOptions): Promise<PartReport> {
  const { tokens, sent, messages } = COUNTS[short ? 'short' : 'long']
  const [upstream, keys] = await Promise.all([Upstream.start(), KeyServer.start()])
  const directory = noSlapd ? undefined : await CountedDirectory.start(ACCOUNTS_LDIF)
  const gateway = await start(root, upstream, keys, directory)
  try {
    const proxied = await gateway.startAnother({ trustedProxies: ['127.0.0.1'] })
    const { dataPort: port, attacker, bystander: victim } = gateway
    const families = [
      await handshakes(port, { attacker, victim }),
      await behindProxy(proxied),
      await ntlmMutants(port, victim, { seed, count: messages }),
      await tokensInProcess(root, seed, count ?? tokens, keys),
      await tokensOnWire(port, seed, sent),
      ...(directory ? await accounts([gateway, proxied], directory) : []),
    ]
    const complaints = [gateway, proxied].flatMap(each => complaintsOf({ gateway: each, upstream }))
    return {
      part: 'sign-in',
      tried: families.reduce((sum, { tried }) => sum + tried, 0),
      lines: [
        ...families.flatMap(({ lines }) => lines),
        ...(noSlapd ? [`accounts are left out: ${noSlapd}`] : []),
      ],
      findings: [...families.flatMap(({ findings }) => findings), ...complaints].slice(
        0,
        MAX_FINDINGS,
      ),
    }
  } finally {
    await gateway.close()
    await directory?.close()
    keys.close()
    upstream.close()
  }
}

async function accounts(gateways: readonly AttackedGateway[], directory: CountedDirectory) {
  const [first] = gateways
  if (first === undefined) throw new RangeError('There is no gateway')
  const victim = await first.startAnother({})
  return [
    await guesses(gateways, directory),
    await names(first, directory),
    await kills(victim, gateways, directory),
  ]
}

async function start(
  root: string,
  upstream: Upstream,
  keys: KeyServer,
  directory: CountedDirectory | undefined,
): Promise<AttackedGateway> {
  const schemes: ('NTLM' | 'Basic' | 'Bearer')[] = ['NTLM', 'Basic', 'Bearer']
  const signIn = {
    hosts: [
      { name: HOST, schemes },
      { name: HOSTS.other, schemes },
      { name: HOSTS.strict, schemes, extendedProtection: 'require' as const },
      { name: HOSTS.basic, schemes: schemes.slice(1, 2) },
    ],
    issuers: [
      { issuer: ISSUER, jwksUrl: keys.url, audience: AUDIENCE, algorithms: ['ES256' as const] },
    ],
    directoryAccounts: { enabled: directory !== undefined },
  }
  const organization = {
    ...organizationBefore(upstream.url),
    ...(directory && {
      directory: {
        kind: 'ldap' as const,
        url: directory.url,
        bindDn: READER.bindDn,
        password: { file: 'directory.password' },
        baseDn: BASE,
        intervalSeconds: 86_400,
      },
    }),
  }
  const sections = { listen: LISTEN, signIn, organizations: [organization] }
  return await startAttackedGateway(root, upstream.url, sections, {
    seedMore,
    files: { 'directory.password': READER.password },
  })
}

/** Adds the principals that accounts and tokens sign in as. */
const seedMore: Seed = async (store, masterKey) => {
  for (const [name, identities] of Object.entries({ ...ACCOUNTS, ...SUBJECTS })) {
    await addPrincipal(store, masterKey, name, MAY_ASSUME)
    await store.putIdentities(ORGANIZATION.id, principalId(name), identities)
  }
}

/** Uses one connection of a trusted proxy for two clients. */
async function behindProxy({ dataPort, attacker, bystander }: AttackedGateway) {
  const findings: string[] = []
  const headers = ['X-Forwarded-For: 192.0.2.1']
  for (const sent of [{}, { headers }]) {
    const proxy = new NtlmConnection(dataPort, accountOf(bystander))
    const offered = await proxy.ask(sent)
    if (/^www-authenticate: ntlm/im.test(offered.head)) findings.push('NTLM is offered to a proxy')
    const begun = await proxy.challenge(sent).catch(() => undefined)
    if (begun !== undefined) findings.push('a connection of a proxy gets a challenge')
    const first = await proxy.status({ ...sent, authorization: bystander })
    const second = await proxy.status(sent)
    const third = await proxy.status({ ...sent, authorization: attacker })
    if (first !== 200 || second !== 401 || third !== 200)
      findings.push(`one connection of a proxy: ${first}, ${second}, ${third}`)
    proxy.close()
  }
  const line = 'two clients on one connection of a trusted proxy: each request signs in by itself'
  return { tried: 10, lines: [line], findings }
}
