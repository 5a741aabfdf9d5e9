/**
 * The part of the schema that says where the store and the cache are.
 *
 * Each is one line of text, or a mapping of that line and what must not stand in it.
 *
 * @module
 */

import { z } from 'zod'
import { Secret } from '../model/secret.ts'
import { CACHE_FORM, type CacheUrl, cacheMistakes, readCacheUrl } from './cache-url.ts'
import { isCertificate } from './certificates.ts'
import { readStoreUrl, STORE_FORM, type StoreUrl, storeMistakes } from './store-url.ts'
import {
  jsonSchemaOf,
  mustBe,
  referenced,
  type Surroundings,
  secret,
  section,
  sound,
} from './values.ts'

type Tls = false | Readonly<{ ca?: string }>

/** Where users, roles and keys are kept. */
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

/** What lies between the store and the gateways. */
export type CacheConfig =
  | Readonly<{ kind: 'memory' }>
  | Readonly<{
      kind: 'redis'
      /** One server, or all Sentinels. */
      nodes: readonly Readonly<{ host: string; port: number }>[]
      /** The name by which Sentinels know the master. */
      sentinel?: string
      database: number
      username?: string
      password?: Secret
      tls: Tls
    }>

export function store(around: Surroundings) {
  const form = {
    what: STORE_FORM,
    example: 'postgres://gateway@db.example.com/gateway',
    mistakes: storeMistakes,
    read: readStoreUrl,
  }
  return located(
    around,
    form,
    'sqlite:data/gateway.db',
    (url, secrets): StoreConfig =>
      url.kind === 'sqlite' ? { kind: 'sqlite', file: around.path(url.path) } : join(url, secrets),
  ).meta({
    description:
      'Database of users, roles, and keys: a file, or a PostgreSQL that several gateways share. A connection to another machine uses TLS and verifies the server, except with `?sslmode=disable`. A connection to this machine is in clear, except with `?sslmode=verify-full`.',
  })
}

export function cache(around: Surroundings) {
  const form = {
    what: CACHE_FORM,
    example: 'rediss://cache.example.com',
    mistakes: cacheMistakes,
    read: readCacheUrl,
  }
  return located(
    around,
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
  /** What is wrong with a text, each as the end of a sentence; never quoting it. */
  mistakes: (text: string) => readonly string[]
  /** The parts of a text without mistakes. */
  read: (text: string) => U | undefined
}>

/** Reads text or a mapping; its mistakes are told where they are, whichever it is. */
function located<U extends Url, T>(
  around: Surroundings,
  { what, example, mistakes, read }: Form<U>,
  unless: string,
  make: (url: U, secrets: Secrets) => T,
) {
  const mapping = mappingOf(around, what, example, mistakes, read)
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
  around: Surroundings,
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
    password: secret(around, 'a password on one line', value => !/\p{Cc}/u.test(value))
      .exactOptional()
      .meta({ description: 'Password of the user.', examples: [{ file: 'server.password' }] }),
    ca: referenced(around, 'certificates in PEM', isCertificate)
      .exactOptional()
      .meta({
        description: 'CA certificates to trust, in PEM, instead of the well-known ones.',
        examples: [{ file: 'ca.crt' }],
      }),
  })
    .refine(({ url, password }) => !password || serverAt(url) !== undefined, {
      path: ['password'],
      error: 'has no meaning for this url: leave it out',
      when: sound('url', 'password'),
    })
    .refine(({ url, password }) => !password || serverAt(url)?.password === undefined, {
      path: ['password'],
      error: 'stands in the url too: leave one of the two',
      when: sound('url', 'password'),
    })
    .refine(({ url, ca }) => !ca || serverAt(url)?.tls === true, {
      path: ['ca'],
      error: 'has no meaning without TLS: leave it out, or let the url ask for TLS',
      when: sound('url', 'ca'),
    })
}
