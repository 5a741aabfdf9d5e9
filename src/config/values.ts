/**
 * The kinds of value that a configuration can hold, each with what it must be in plain words.
 *
 * No message repeats the value it is about: it may be a secret in the wrong place.
 *
 * @module
 */

import { z } from 'zod'
import { isAddress } from '../model/identity.ts'
import { Secret } from '../model/secret.ts'
import { isWithin, writePath } from './keys.ts'
import { isNetwork, readListenAddress } from './network.ts'
import type { Reference } from './secrets.ts'

/** What values mean in the place where the configuration stands. */
export type Surroundings = Readonly<{
  /** An absolute path for one of the file's. */
  path: (path: string) => string
  /** The text behind a reference. Throws an Error that says why there is none. */
  read: (reference: Reference) => string
}>

/** What a schema takes, as a JSON Schema. */
export function jsonSchemaOf(schema: z.ZodType): z.core.JSONSchema.JSONSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      // zod leaves the examples of a key out whose value is transformed
      const { examples } = z.globalRegistry.get(zodSchema) ?? {}
      if (Array.isArray(examples)) jsonSchema.examples = examples
    },
  })
}

type ZodIssue = Readonly<{ code?: string | undefined; input?: unknown }>

/** An error in the words `must be …`, or `is missing: it must be …` where nothing was given. */
export const mustBe = (what: string) => ({
  error: ({ input }: ZodIssue) =>
    input === undefined ? `is missing: it must be ${what}` : `must be ${what}`,
})

/** A mapping that refuses keys it does not know, naming those it does. */
export function section<T extends z.core.$ZodLooseShape>(shape: T) {
  const keys = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: ({ code, input }) => {
      if (code === 'unrecognized_keys') return `is not a key that is known here: ${keys}`
      return mustBe(`a mapping of ${keys}`).error({ input })
    },
  })
}

/** Text that passes a check. */
export function text(what: string, passes: (value: string) => boolean = isLine) {
  return z
    .string(mustBe(what))
    .check(({ value, issues }) => {
      if (passes(value)) return
      issues.push({ code: 'custom', input: value, message: mustBe(what).error({ input: value }) })
    })
    .meta({ title: what })
}

const isLine = (value: string) => /^[^\p{Cc}]+$/u.test(value)

type Parsed = Readonly<{
  issues: readonly Readonly<{ code: string; path?: readonly PropertyKey[] | undefined }>[]
}>

/**
 * A condition for a check across keys: these are sound, whatever else is wrong, so that all
 * mistakes are found at once.
 */
export function sound(...keys: readonly string[]) {
  return ({ issues }: Parsed) =>
    issues
      .filter(({ code }) => code !== 'unrecognized_keys')
      .map(({ path = [] }) => writePath(path))
      .every(wrong => !keys.some(key => isWithin(wrong, key) || isWithin(key, wrong)))
}

/** A whole number between two others, both included. */
export function whole(unit: string, min: number, max: number) {
  const what = mustBe(`a whole number of ${unit} from ${min} to ${max}`)
  return z.int(what).min(min, what).max(max, what)
}

/** One word of a closed list. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, mustBe(`one of ${words.join(', ')}`))
}

/** The only word that this version knows for a key where others are to come. */
export function only<const T extends string>(word: T) {
  return z.literal(word, mustBe(`${word}: this version supports nothing else`))
}

/** True or false. */
export const flag = () => z.boolean(mustBe('true or false'))

/** The address of a mailbox. */
export const mailbox = () => text('an SMTP address, like someone@example.com', isAddress)

/** A list of addresses and networks. */
export function networks() {
  const entry = text('an IP address or network, like 192.0.2.7 or 10.0.0.0/8', isNetwork)
  return z.array(entry, mustBe('a list of IP addresses and networks'))
}

/** Where to listen, as host and port. */
export function listenAddress() {
  return text(
    'HOST:PORT, like 127.0.0.1:8080 or "[::1]:8080"',
    value => readListenAddress(value) !== undefined,
  )
}

/** An absolute http or https URL, without credentials, query or fragment. */
export function httpUrl(example: string) {
  return text(`an http or https URL without credentials, query or fragment, like ${example}`, url =>
    isHttpUrl(url),
  )
}

function isHttpUrl(value: string): boolean {
  if (!/^https?:\/\/[^\s?#@\\]+$/i.test(value)) return false
  return URL.canParse(value)
}

/** A reference to text that is no secret, as the text itself. */
export function referenced(
  { read }: Surroundings,
  what: string,
  passes: (text: string) => boolean,
) {
  return reference().transform((value, context): string => {
    try {
      const found = read(value)
      if (passes(found)) return found
      context.issues.push({ code: 'custom', input: value, message: `must lead to ${what}` })
    } catch (error) {
      context.issues.push({ code: 'custom', input: value, message: (error as Error).message })
    }
    return z.NEVER
  })
}

/** A reference to a secret, as the secret itself. */
export function secret(around: Surroundings, what: string, passes: (text: string) => boolean) {
  return referenced(around, what, passes).transform(value => new Secret(value))
}

function reference() {
  const name = text('the name of an environment variable', value => /^[A-Za-z_]\w*$/.test(value))
  return z.union(
    [z.strictObject({ file: text('the path of a file') }), z.strictObject({ env: name })],
    {
      error: ({ input }: ZodIssue) =>
        typeof input === 'string'
          ? 'must not stand here itself: write { file: PATH } or { env: VARIABLE }'
          : mustBe('{ file: PATH } or { env: VARIABLE }').error({ input }),
    },
  )
}
