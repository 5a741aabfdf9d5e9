/**
 * Schema of the store and the cache.
 *
 * Each is a URL, or a mapping of a URL and secrets that must not be in the URL.
 *
 * @module
 */

import { z } from 'zod'
import { Secret } from '../model/secret.ts'
import { CACHE_FORM, type CacheUrl, cacheMistakes, readCacheUrl } from './cache-url.ts'
import { isCertificate } from './certificates.ts'
import { readStoreUrl, STORE_FORM, type StoreUrl, storeMistakes } from './store-url.ts'
import {
  type ConfigContext,
  jsonSchemaOf,
  mustBe,
  referenced,
  secret,
  section,
  whenValid,
} from './values.ts'

type Tls = false | Readonly<{ ca?: string }>

/** Location of the store. */
export type StoreConfig =
  | Readonly<{ kind: 'sqlite'; file: string }>
  | Readonly<{
      kind: 'postgres'
      host: string
      port: number
      database: string
      user: string
      password?: Secret
      tls: Tls
    }>

/** Location of the cache between the store and the gateways. */
export type CacheConfig =
  | Readonly<{ kind: 'memory' }>
  | Readonly<{
      kind: 'redis'
      /** One Redis server, or all Sentinels. */
      nodes: readonly Readonly<{ host: string; port: number }>[]
      /** Name of the master at the Sentinels. */
      sentinel?: string
      database: number
      username?: string
      password?: Secret
      tls: Tls
    }>

export function store(context: ConfigContext) {
  const form = {
    what: STORE_FORM,
    example: 'postgres://gateway@db.example.com/gateway',
    mistakes: storeMistakes,
    read: readStoreUrl,
  }
  return located(
    context,
    form,
    'sqlite:data/gateway.db',
    (url, secrets): StoreConfig =>
      url.kind === 'sqlite' ? { kind: 'sqlite', file: context.path(url.path) } : join(url, secrets),
  ).meta({
    description:
      'Database of users, roles, and keys: a file, or a PostgreSQL that several gateways share. A connection to another machine uses TLS and verifies the server, except with `?sslmode=disable`. A connection to this machine is unencrypted, except with `?sslmode=verify-full`.',
  })
}

export function cache(context: ConfigContext) {
  const form = {
    what: CACHE_FORM,
    example: 'rediss://cache.example.com',
    mistakes: cacheMistakes,
    read: readCacheUrl,
  }
  return located(
    context,
    form,
    'memory',
    (url, secrets): CacheConfig => (url.kind === 'memory' ? url : join(url, secrets)),
  ).meta({
    description:
      'Cache in front of the store: the memory of each gateway, or a Redis that several gateways share. The Redis can be a single server, or a master that Sentinels name.',
  })
}

type Url = StoreUrl | CacheUrl
type Server = Exclude<Url, Readonly<{ kind: 'sqlite' | 'memory' }>>
type Secrets = Readonly<{ password?: Secret; ca?: string }>

const isServer = (url: Url | undefined): url is Server => url !== undefined && 'tls' in url

function join<U extends Server>({ password: written, tls, ...url }: U, secrets: Secrets) {
  const password = secrets.password ?? (written === undefined ? undefined : new Secret(written))
  return {
    ...url,
    ...(password && { password }),
    tls: tls && (secrets.ca === undefined ? {} : { ca: secrets.ca }),
  }
}

type Form<U extends Url> = Readonly<{
  what: string
  example: string
  /** Returns every mistake in a URL as a predicate, such as `must name one host`. Never quotes the URL. */
  mistakes: (text: string) => readonly string[]
  /** Returns the parts of a URL without mistakes. */
  read: (text: string) => U | undefined
}>

/** Returns the schema of a URL, or of a mapping with a URL. Reports each mistake at the key that contains it. */
function located<U extends Url, T>(
  context: ConfigContext,
  { what, example, mistakes, read }: Form<U>,
  unless: string,
  make: (url: U, secrets: Secrets) => T,
) {
  const mapping = mappingOf(context, what, example, mistakes, read)
  const { $schema: _version, ...mappingSchema } = jsonSchemaOf(mapping)
  return z
    .union([z.string(), z.looseObject({})], mustBe(`${what}; or a mapping of url, password, ca`))
    .default(unless)
    .transform((given, context): T => {
      const isText = typeof given === 'string'
      const { data, error } = mapping.safeParse(isText ? { url: given } : given)
      for (const { path, ...issue } of error?.issues ?? [])
        context.issues.push({ ...issue, path: isText ? [] : [...path], input: given } as never)
      const url = data && read(data.url)
      return url ? make(url, data) : z.NEVER
    })
    .meta({ anyOf: [{ type: 'string', title: what }, mappingSchema] })
}

function mappingOf<U extends Url>(
  context: ConfigContext,
  what: string,
  example: string,
  mistakes: (text: string) => readonly string[],
  read: (text: string) => U | undefined,
) {
  const serverAt = (url: string) => {
    const found = read(url)
    return isServer(found) ? found : undefined
  }
  return section({
    url: z
      .string(mustBe(what))
      .check(({ value, issues }) => {
        for (const message of mistakes(value))
          issues.push({ code: 'custom', input: value, message })
      })
      .meta({ title: what, description: 'URL of the server or file.', examples: [example] }),
    password: secret(context, 'a password on one line')
      .exactOptional()
      .meta({ description: 'Password of the user.', examples: [{ file: 'server.password' }] }),
    ca: referenced(context, 'certificates in PEM', isCertificate)
      .exactOptional()
      .meta({
        description: 'CA certificates to trust, in PEM, instead of the well-known ones.',
        examples: [{ file: 'ca.crt' }],
      }),
  })
    .refine(({ url, password }) => !password || serverAt(url) !== undefined, {
      path: ['password'],
      error: 'has no effect with this url. Remove it',
      when: whenValid('url', 'password'),
    })
    .refine(({ url, password }) => !password || serverAt(url)?.password === undefined, {
      path: ['password'],
      error: 'is also in the url. Remove one of the two',
      when: whenValid('url', 'password'),
    })
    .refine(({ url, ca }) => !ca || serverAt(url)?.tls === true, {
      path: ['ca'],
      error: 'has no effect without TLS. Remove it, or use a url with TLS',
      when: whenValid('url', 'ca'),
    })
}
