/**
 * Schema of the configuration: its keys, types, and defaults.
 *
 * The validation, the TypeScript types, the JSON Schema, and a page of the documentation come from this schema.
 *
 * @module
 */

import type { z } from 'zod'
import type { ListenAddress } from '../model/listen-address.ts'
import { checkConsole, consoleIsValid, consoleSection } from './console.ts'
import { history } from './history.ts'
import { limits, timeouts } from './limits.ts'
import { isLoopback, isPlain, readListenAddress } from './network.ts'
import { keyPair, organizations } from './organization.ts'
import { signIn } from './sign-in.ts'
import { sinks } from './sinks.ts'
import { cache, store } from './stores.ts'
import { traces } from './traces.ts'
import {
  type ConfigContext,
  flag,
  httpUrl,
  listenAddress,
  networks,
  oneOf,
  section,
  text,
  whenValid,
  whole,
} from './values.ts'

/** The configuration with absolute paths and secrets read. */
export type Config = z.output<ReturnType<typeof configSchema>>

/** The configuration as users write it, in which keys with a default are optional. */
export type ConfigInput = z.input<ReturnType<typeof configSchema>>

/** Configuration of one organization. */
export type OrganizationConfig = Config['organizations'][number]

/** Returns the schema. It resolves paths and references with the context. */
export function configSchema(context: ConfigContext) {
  return section({
    listen: listen().prefault({}).meta({ description: 'Addresses on which the gateway listens.' }),
    tls: keyPair(context).exactOptional().meta({
      description: 'TLS of the data and control listeners.',
    }),
    store: store(context),
    cache: cache(context),
    propagation: section({
      maxAgeSeconds: whole('seconds', 1, 300).default(300).meta({
        description:
          'Maximum age of the policy data that a decision uses. A change takes effect at most after this time.',
      }),
    })
      .prefault({})
      .meta({ description: 'Time until changes take effect on every gateway.' }),
    masterKey: section({
      file: file(context, 'data/master.key').meta({
        description:
          'File of the master key. The gateway creates it at the first start, if the store is empty.',
      }),
      formerFile: text('the path of a file').transform(context.path).exactOptional().meta({
        description:
          'File of the key that `file` replaces, until `ews-gateway admin rotate-master-key` has finished.',
      }),
    })
      .prefault({})
      .meta({
        description:
          'The master key. The gateway derives from it the keys that protect secrets in the store, and tokens.',
      }),
    organizations: organizations(context).meta({
      description: 'The organizations that the gateway serves.',
    }),
    signIn: signIn(context)
      .prefault({})
      .meta({ description: 'How clients of the data listener can sign in.' }),
    limits: limits().prefault({}).meta({ description: 'Limits for clients.' }),
    timeouts: timeouts().prefault({}).meta({ description: 'Times that the gateway waits.' }),
    audit: audit(context).prefault({}).meta({
      description: 'The audit: records of decisions on requests, of outcomes, and of changes.',
    }),
    sinks: sinks(context).meta({
      description: 'Receivers of audit records outside of the gateway. See docs/sinks.md.',
    }),
    log: section({
      level: oneOf(['error', 'warn', 'info', 'debug']).default('info').meta({
        description:
          'Lowest level of messages in the log, which is on standard error. Requests are logged at `debug`.',
      }),
    })
      .prefault({})
      .meta({ description: 'The log.' }),
    traces: traces(context).exactOptional().meta({
      description: 'The collector of traces. Without it, there are no traces. See docs/traces.md.',
    }),
    trustedProxies: networks()
      .default([])
      .meta({
        description:
          'Proxies whose X-Forwarded-For, X-Forwarded-Proto, and traceparent headers the gateway uses.',
        examples: [['10.0.0.0/8']],
      }),
    tlsTerminatedBy: networks()
      .default([])
      .meta({
        description: 'Proxies that terminate TLS in front of the data and control listeners.',
        examples: [['10.0.0.7']],
      }),
    publicUrl: publicUrl()
      .exactOptional()
      .meta({
        description:
          'URL under which clients reach the data listener. WSDL and Autodiscover contain it.',
        examples: ['https://ews.example.com'],
      }),
    controlUrl: publicUrl()
      .exactOptional()
      .meta({
        description:
          "URL under which browsers reach the console, if its host is not a name in the gateway's own certificate.",
        examples: ['https://ews-admin.example.com'],
      }),
    console: consoleSection(context)
      .prefault({})
      .meta({ description: 'The console: who can sign in to it.' }),
  })
    .superRefine(checkConsole, { when: consoleIsValid })
    .refine(
      ({ signIn, organizations }) =>
        !signIn.directoryAccounts.enabled || organizations.some(hasDirectory),
      {
        path: ['signIn', 'directoryAccounts', 'enabled'],
        error:
          'has no effect, because no organization has a directory. Set organizations[].directory.kind to ldap',
        when: whenValid('signIn', 'organizations'),
      },
    )
    .refine(
      ({ signIn, organizations }) =>
        !signIn.directoryAccounts.enabled || organizations.every(isPrivate),
      {
        path: ['signIn', 'directoryAccounts', 'enabled'],
        error:
          'would send passwords of accounts unencrypted, because the directory of an organization has an ldap url of another machine. Use ldaps',
        when: whenValid('signIn', 'organizations'),
      },
    )
    .refine(value => isGuarded(value, 'data'), unguarded('data'))
    .refine(value => isGuarded(value, 'control'), unguarded('control'))
}

type WithDirectory = Readonly<{
  directory: Readonly<{ kind: 'store' } | { kind: 'ldap'; url: string }>
}>

const hasDirectory = ({ directory }: WithDirectory) => directory.kind === 'ldap'

const isPrivate = ({ directory }: WithDirectory) =>
  directory.kind !== 'ldap' || !isPlain(directory.url)

function listen() {
  const address = (value: string) =>
    listenAddress()
      .default(value)
      .transform(text => readListenAddress(text) as ListenAddress)
  return section({
    data: address('127.0.0.1:8080').meta({ description: 'EWS, Autodiscover, and tokens.' }),
    control: address('127.0.0.1:8081').meta({ description: 'The control API and the console.' }),
    ops: address('127.0.0.1:8082').meta({ description: 'Metrics and health checks, unencrypted.' }),
    shareData: flag().default(false).meta({
      description:
        "Whether other processes of this machine can listen on the address of `data`. The kernel spreads connections among them. If false, a second gateway on the same SQLite file doesn't start.",
    }),
  })
    .refine(({ data, control }) => differ(data, control), taken('control', 'data'))
    .refine(({ data, ops }) => differ(data, ops), taken('ops', 'data'))
    .refine(({ control, ops }) => differ(control, ops), taken('ops', 'control'))
}

const differ = (one: ListenAddress, other: ListenAddress) =>
  one.port === 0 || one.port !== other.port || one.host !== other.host

const taken = (mine: string, other: string) => ({
  path: [mine],
  error: `is also the address of listen.${other}. Choose a different port`,
  when: whenValid(mine, other),
})

function file({ path }: ConfigContext, value: string) {
  return text('the path of a file').default(value).transform(path)
}

function audit({ path }: ConfigContext) {
  return section({
    journal: text('the path of a folder').default('data/audit').transform(path).meta({
      description: 'Folder of the journal: segments with one JSON object a line.',
    }),
    keepDays: whole('days', 1, 3_650).default(400).meta({
      description:
        'Days until the gateway deletes a segment of the journal, if every sink has its records.',
    }),
    onFailure: oneOf(['refuse', 'continue']).default('refuse').meta({
      description:
        "What happens to requests whose records can't be written. `refuse`: they fail. `continue`: the gateway serves them.",
    }),
    history: history().prefault({}).meta({
      description:
        'The history: records that you can query in the console and with the API. It is in a file beside a store in SQLite, or in the same PostgreSQL.',
    }),
  })
}

function publicUrl() {
  const example = 'https://ews.example.com'
  return httpUrl(example)
    .refine(url => new URL(url).pathname === '/', `must have no path, such as ${example}`)
    .transform(url => new URL(url).origin)
}

type Listeners = Readonly<{
  listen: Readonly<Record<'data' | 'control', ListenAddress>>
  tls?: unknown
  tlsTerminatedBy: readonly string[]
}>

function isGuarded({ listen, tls, tlsTerminatedBy }: Listeners, name: 'data' | 'control'): boolean {
  return isLoopback(listen[name].host) || tls !== undefined || tlsTerminatedBy.length > 0
}

const unguarded = (name: string) => ({
  path: ['listen', name],
  error:
    'accepts unencrypted connections from other machines. Set tls, set tlsTerminatedBy to the proxies that terminate TLS, or listen on 127.0.0.1',
  when: whenValid(`listen.${name}`, 'tls', 'tlsTerminatedBy'),
})
