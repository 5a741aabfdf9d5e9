/**
 * Schema of the ways in which clients can sign in.
 *
 * @module
 */

import { z } from 'zod'
import { foldName } from '../model/identity.ts'
import {
  CONNECTION_SCHEMES,
  DEFAULT_OFFER,
  EXTENDED_PROTECTIONS,
  SCHEMES,
  type Scheme,
} from '../model/sign-in.ts'
import { isCertificate } from './certificates.ts'
import { isMapping } from './keys.ts'
import { isConfidential } from './network.ts'
import {
  type ConfigContext,
  flag,
  httpUrl,
  mustBe,
  oneOf,
  referenced,
  section,
  text,
  whole,
} from './values.ts'

/** Returns the schema of `signIn`. */
export function signIn(context: ConfigContext) {
  return section({
    issuers: z.array(issuer(context), mustBe('a list of issuers')).prefault([]).meta({
      description:
        'Issuers of tokens that tools can send by Bearer, such as AD FS or Entra. A principal is bound to a claim of the token.',
    }),
    directoryAccounts: directoryAccounts().prefault({}).meta({
      description:
        'Sign-in by Basic with an account of the directory of an organization, to which a principal is bound.',
    }),
    hosts: z
      .array(host(), mustBe('a list of host names with their schemes'))
      .superRefine(unique, { when: () => true })
      .prefault([])
      .meta({
        description: `Host names with other schemes than ${DEFAULT_OFFER.schemes.join(' and ')}. See docs/sign-in.md.`,
        examples: [[{ name: 'ews.example.com', schemes: ['NTLM', 'Basic', 'Bearer'] }]],
      }),
  })
}

function issuer(context: ConfigContext) {
  return section({
    issuer: text('the issuer of tokens, as in iss').meta({
      description: 'The `iss` of the tokens, in exactly this spelling.',
      examples: ['https://adfs.example.com/adfs/services/trust'],
    }),
    jwksUrl: httpUrl('https://adfs.example.com/adfs/discovery/keys')
      .refine(
        isConfidential,
        'must be an https URL, because everyone on the network could replace the keys',
      )
      .meta({
        description:
          'URL of the keys of the issuer. The gateway reads them at least every five minutes while they are in use.',
        examples: ['https://adfs.example.com/adfs/discovery/keys'],
      }),
    audience: text('the audience of tokens, as in aud').meta({
      description: 'The `aud` of tokens for this gateway. Tokens for others are rejected.',
      examples: ['https://ews.example.com'],
    }),
    algorithms: z
      .array(oneOf(ALGORITHMS), mustBe(`a list of at least one of ${ALGORITHMS.join(', ')}`))
      .min(1, mustBe(`a list of at least one of ${ALGORITHMS.join(', ')}`))
      .default(['RS256'])
      .meta({ description: `Accepted signature algorithms: ${ALGORITHMS.join(', ')}.` }),
    ca: referenced(context, 'certificates in PEM', isCertificate)
      .exactOptional()
      .meta({
        description: 'CA certificates to trust, in PEM, instead of the well-known ones.',
        examples: [{ file: 'issuer-ca.crt' }],
      }),
  })
}

/** Signature algorithms with a public key. With a shared one, everyone who verifies could sign. */
const ALGORITHMS = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
] as const

function directoryAccounts() {
  return section({
    enabled: flag().default(false).meta({
      description: 'Whether tools can sign in with an account of the directory.',
    }),
    failuresBeforePause: whole('wrong passwords', 1, 100).default(2).meta({
      description:
        'Number of different wrong passwords of an account, from all clients and at all gateways, after which no unknown password is tried for `pauseMinutes`. Must be below the lockout threshold of the domain.',
    }),
    pauseMinutes: whole('minutes', 1, 1_440).default(30).meta({
      description:
        'Duration of the pause. Must be at least the time after which the domain resets its count of wrong passwords.',
    }),
  })
}

function host() {
  return section({
    name: text('a host name or an IP address, without a port', isHost)
      .transform(name => name.toLowerCase())
      .meta({
        description: 'Host name in the URL of the clients.',
        examples: ['ews.example.com'],
      }),
    schemes: schemes().meta({
      description: `Schemes that clients can use under this name: ${SCHEMES.join(', ')}.`,
      examples: [['NTLM', 'Basic', 'Bearer']],
    }),
    extendedProtection: oneOf(EXTENDED_PROTECTIONS).default('allow').meta({
      description:
        'Whether a sign-in by NTLM must have a channel binding and a message integrity code. `allow`: they can be absent, but not wrong. `require`: the gateway also rejects clients that send none, and connections without TLS.',
    }),
  })
}

function schemes() {
  const what = mustBe(`a list of at least one of ${SCHEMES.join(', ')}`)
  return z
    .array(
      z.enum(SCHEMES, {
        error: ({ input }) => (input === 'Negotiate' ? NEGOTIATE : what.error({ input })),
      }),
      what,
    )
    .min(1, what)
    .refine(list => new Set<Scheme>(list).size === list.length, 'must contain each scheme once')
}

/** Error for the scheme that this version can't offer. */
const NEGOTIATE =
  'must not be Negotiate, because this version has no Kerberos. Clients without a fallback, such as curl --anyauth, then could not sign in'

type Listening = Readonly<{
  tls?: unknown
  tlsTerminatedBy: readonly string[]
  signIn: Readonly<{ hosts: readonly Readonly<{ schemes: readonly Scheme[] }>[] }>
}>

/** Returns a warning for each scheme that is offered, but that no client of a proxy can use. */
export function proxiedSchemes({ tls, tlsTerminatedBy, signIn }: Listening): readonly string[] {
  if (tls !== undefined || tlsTerminatedBy.length === 0) return []
  return signIn.hosts.flatMap(({ schemes }, index) =>
    schemes
      .filter(scheme => CONNECTION_SCHEMES.includes(scheme))
      .map(
        scheme =>
          `signIn.hosts[${index}].schemes: ${scheme} signs in a connection, so clients behind the proxies of tlsTerminatedBy can't use it. Set tls, and let the proxy pass TCP on`,
      ),
  )
}

const isHost = (name: string) => /^([a-z0-9._-]+|\[[0-9a-f:.]+\])$/i.test(name)

/** Reports host names that appear more than once. */
function unique(hosts: readonly unknown[], context: z.RefinementCtx): void {
  const names = hosts.map(host => (isMapping(host) ? host['name'] : undefined))
  const folded = names.map(name => (typeof name === 'string' ? foldName(name) : undefined))
  for (const [index, name] of folded.entries()) {
    if (name === undefined || folded.indexOf(name) === index) continue
    const message = 'appears more than once. Give each host name one entry'
    context.addIssue({ code: 'custom', input: name, path: [index, 'name'], message })
  }
}
