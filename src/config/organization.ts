/**
 * Schema of an organization and its upstream.
 *
 * @module
 */

import { domainToASCII } from 'node:url'
import { z } from 'zod'
import { DEFAULT_MAX_DAYS, foldName, isAddress, organizationId } from '../model/identity.ts'
import { SERVER_KIND_NAMES, SERVER_KINDS, type ServerKind } from '../model/server-kind.ts'
import { authentication } from './authentication.ts'
import { isCertificate, isKeyOfCertificate, isPrivateKey } from './certificates.ts'
import { directory } from './directory.ts'
import { isMapping } from './keys.ts'
import { isPlain } from './network.ts'
import {
  type ConfigContext,
  flag,
  httpUrl,
  mailbox,
  mustBe,
  oneOf,
  referenced,
  secret,
  section,
  text,
  whenValid,
  whole,
} from './values.ts'

const ID = /^m-[0-9a-f]{32}$/

/** Returns the schema of a certificate with its chain and its private key. */
export function keyPair(context: ConfigContext) {
  return section({
    certificate: referenced(context, 'a certificate in PEM', isCertificate).meta({
      description: 'Certificate in PEM, followed by the certificates of its chain.',
      examples: [{ file: 'tls.crt' }],
    }),
    privateKey: secret(context, 'a private key in PEM without a passphrase', isPrivateKey).meta({
      description: 'Private key in PEM.',
      examples: [{ file: 'tls.key' }],
    }),
  }).refine(({ certificate, privateKey }) => isKeyOfCertificate(certificate, privateKey), {
    path: ['privateKey'],
    error:
      'does not belong to the first certificate: set the key of that certificate, or put its certificate first',
    when: whenValid('certificate', 'privateKey'),
  })
}

/** Returns the schema of all organizations: at least one, each with its own ID and alias. */
export function organizations(context: ConfigContext) {
  const what = mustBe('a list of at least one organization')
  return z
    .array(organization(context), what)
    .min(1, what)
    .superRefine(unique('id'), { when: () => true })
    .superRefine(unique('alias'), { when: () => true })
}

type Named = Readonly<{ id: string; alias: string }>

/** Reports duplicate values of a key that must be unique among organizations, even if other keys are invalid. */
const unique = (key: keyof Named) => (all: readonly Named[], context: z.RefinementCtx) => {
  const names = isList(all) ? all.map(one => nameOf(one, key)) : []
  for (const [index, name] of names.entries()) {
    if (name === undefined || names.indexOf(name) === index) continue
    const message = 'is taken by another organization. Choose a different one'
    context.addIssue({ code: 'custom', input: name, path: [index, key], message })
  }
}

const isList = (value: unknown) => Array.isArray(value)

function nameOf(organization: unknown, key: string): string | undefined {
  const name = isMapping(organization) ? organization[key] : undefined
  return typeof name === 'string' ? foldName(name) : undefined
}

function organization(context: ConfigContext) {
  return section({
    id: text('m- and 32 hexadecimal digits in lower case', value => ID.test(value))
      .transform(organizationId)
      .meta({
        description:
          'ID of the organization. Clients and administrators name the organization by it.',
        examples: ['m-0123456789abcdef0123456789abcdef'],
      }),
    alias: text('1 to 62 letters, digits and single hyphens', isAlias).meta({
      description: 'Short name of the organization.',
      examples: ['example'],
    }),
    upstream: upstream(context).meta({ description: 'The EWS server of the organization.' }),
    directory: directory(context).meta({
      description: 'Source of the users who can be impersonated. See docs/directory.md.',
    }),
    neutralMailbox: mailbox()
      .exactOptional()
      .meta({
        description:
          "An empty mailbox, which is not the service account's. The gateway forwards requests that touch no mailbox and name no user as this one. Without it, the gateway denies them.",
        examples: ['neutral@example.com'],
      }),
    acceptedDomains: acceptedDomains()
      .exactOptional()
      .meta({
        description:
          'Every domain of the mailboxes of the server. Subdomains are domains of their own. Lookups of free and busy times and of mail tips can then also name addresses of other domains. Without it, they can name only users that the role can impersonate. See docs/guard.md.',
        examples: [['example.com', 'example.org']],
      }),
    opaqueIds: oneOf(['allow', 'refuse']).exactOptional().meta({
      description:
        "What happens to IDs that don't say whose mailbox they are in, if the guard of a role depends on it: IDs of servers other than Exchange and grommunio, and synchronization states. `refuse`: the gateway denies the request. Default: `allow` if `upstream.kind` is `other`, `refuse` otherwise. It has no effect if `upstream.kind` is `grommunio`: the gateway then denies such IDs, and allows synchronization states. See docs/guard.md.",
    }),
    maxDays: section({
      accessKeys: days(DEFAULT_MAX_DAYS.accessKeys).meta({
        description:
          'Maximum number of days from the creation of an access key to its end. A new key without an end of its own gets this one. Existing keys keep theirs.',
      }),
      temporaryRules: days(DEFAULT_MAX_DAYS.temporaryRules).meta({
        description:
          'Maximum number of days from the begin of a temporary rule, or from the change that creates it, to its end.',
      }),
    })
      .prefault({})
      .meta({ description: 'How long access can last. See docs/time.md.' }),
  })
    .refine(hasSeparateNeutralMailbox, {
      path: ['neutralMailbox'],
      error: 'is one of upstream.serviceAddresses. It must be a separate, empty mailbox',
      when: whenValid('neutralMailbox', 'upstream.serviceAddresses'),
    })
    .transform(withKindDefaults)
}

type KindDefaults = Readonly<{
  upstream: Readonly<{ kind: ServerKind }>
  opaqueIds?: 'allow' | 'refuse'
}>

const withKindDefaults = <T extends KindDefaults>(organization: T) => ({
  ...organization,
  opaqueIds: opaqueIdsOf(organization),
})

function opaqueIdsOf({ upstream, opaqueIds }: KindDefaults): 'allow' | 'refuse' {
  const { tellsMailboxes, opaqueIds: byDefault } = SERVER_KINDS[upstream.kind]
  return tellsMailboxes ? byDefault : (opaqueIds ?? byDefault)
}

function acceptedDomains() {
  const list = mustBe('a list of at least one domain')
  return z
    .array(text('a domain, such as example.com', isDomain).transform(punycode), list)
    .min(1, list)
}

const punycode = (domain: string) => domainToASCII(domain)
const isDomain = (text: string) => text.includes('.') && isAddress(`x@${punycode(text)}`)

const days = (byDefault: number) => whole('days', 1, 36_500).default(byDefault)

const isAlias = (value: string) =>
  /^[\dA-Za-z]+(-[\dA-Za-z]+)*$/.test(value) && value.length <= 62 && !ID.test(value)

type Accounts = Readonly<{
  upstream: Readonly<{ serviceAddresses: readonly string[] }>
  neutralMailbox?: string
}>

function hasSeparateNeutralMailbox({ upstream, neutralMailbox }: Accounts): boolean {
  if (neutralMailbox === undefined) return true
  return !upstream.serviceAddresses.map(foldName).includes(foldName(neutralMailbox))
}

function upstream(context: ConfigContext) {
  const addresses = mustBe('a list of at least one address of the service account')
  return section({
    kind: oneOf(SERVER_KIND_NAMES).default('exchange').meta({
      description:
        'Kind of the server: the default of `opaqueIds` and of `limits.bodyBytes`, what the guard assumes about the server (docs/guard.md), and the advice of `check-upstream`, which also checks the kind. `exchange`: Exchange Server, or a server whose IDs have its form. `grommunio`: a server whose IDs have its form.',
    }),
    url: httpUrl('https://mail.example.com/EWS/Exchange.asmx').meta({
      description: 'The EWS endpoint.',
      examples: ['https://mail.example.com/EWS/Exchange.asmx'],
    }),
    autodiscoverUrl: httpUrl('https://mail.example.com/autodiscover/autodiscover.svc')
      .exactOptional()
      .meta({
        description:
          "Autodiscover of the server, as SOAP. If it is set, Autodiscover of the gateway passes on the server's GroupingInformation, by which clients group mailboxes for streaming subscriptions. It must have the scheme, host, and port of `url`, because the gateway signs in there with the same account. It gets up to 4 connections in addition. See docs/clients.md.",
        examples: ['https://mail.example.com/autodiscover/autodiscover.svc'],
      }),
    authentication: authentication(context).meta({
      description: "The gateway's own account at the server, which has the right to impersonate.",
    }),
    serviceAddresses: z
      .array(mailbox(), addresses)
      .min(1, addresses)
      .meta({
        description: "Every address of the gateway's account. No request can impersonate it.",
        examples: [['svc-gateway@example.com']],
      }),
    connections: whole('connections', 1, 10_000)
      .default(64)
      .meta({ description: 'Maximum number of connections to the server.' }),
    tls: upstreamTls(context).exactOptional().meta({
      description: "TLS to the server. The gateway always verifies the server's certificate.",
    }),
    enforcesSendAs: flag().default(false).meta({
      description:
        'Whether the server itself prevents a user from sending a stored item as another user. Exchange does, grommunio does not. If false, the gateway reads the senders of the stored items that a request sends. See docs/guard.md.',
    }),
    allowPlainUpstream: flag().default(false).meta({
      description:
        'Allows an http URL of another machine. Passwords and mail then cross the network unencrypted.',
    }),
  })
    .refine(({ url, allowPlainUpstream }) => allowPlainUpstream || !isPlain(url), {
      path: ['url'],
      error:
        'is http to another machine, so passwords and mail are sent unencrypted. Use https, or set allowPlainUpstream: true if you trust the network',
      when: whenValid('url', 'allowPlainUpstream'),
    })
    .refine(
      ({ url, autodiscoverUrl }) =>
        autodiscoverUrl === undefined || new URL(autodiscoverUrl).origin === new URL(url).origin,
      {
        path: ['autodiscoverUrl'],
        error:
          'must have the scheme, host, and port of url, because the password is sent there too',
        when: whenValid('url', 'autodiscoverUrl'),
      },
    )
    .refine(({ url, tls }) => tls === undefined || new URL(url).protocol === 'https:', {
      path: ['tls'],
      error: 'has no effect with an http url. Remove it, or use https',
      when: whenValid('url'),
    })
}

function upstreamTls(context: ConfigContext) {
  return section({
    ca: referenced(context, 'certificates in PEM', isCertificate)
      .exactOptional()
      .meta({
        description: 'CA certificates to trust, in PEM, instead of the well-known ones.',
        examples: [{ file: 'ca.crt' }],
      }),
    serverName: text('a host name', value => /^[A-Za-z0-9.-]+$/.test(value))
      .exactOptional()
      .meta({
        description:
          "Name that the server's certificate must have, if it is not the host of the URL.",
        examples: ['exchange.example.com'],
      }),
    clientCertificate: keyPair(context)
      .exactOptional()
      .meta({ description: 'Client certificate that the gateway presents.' }),
  })
}
