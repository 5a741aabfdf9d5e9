/**
 * Schemas of the value types in a configuration, with their error messages.
 *
 * No message quotes the value, because it can be a secret in the wrong place.
 *
 * @module
 */

import { z } from 'zod'
import { isAddress } from '../model/identity.ts'
import { Secret } from '../model/secret.ts'
import { isWithin, writePath } from './keys.ts'
import { isNetwork, readListenAddress } from './network.ts'
import type { Reference } from './secrets.ts'

/** Resolves paths and references of a configuration. */
export type ConfigContext = Readonly<{
  /** Returns the absolute path of a path in the configuration. */
  path: (path: string) => string
  /** Returns the text that a reference names. @throws Error if it cannot be read; the message says why */
  read: (reference: Reference) => string
}>

/** Returns the JSON Schema of the input of a schema. */
export function jsonSchemaOf(schema: z.ZodType): z.core.JSONSchema.JSONSchema {
  return z.toJSONSchema(schema, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      // Adds the examples, because zod leaves out those of a key whose value is transformed.
      const { examples } = z.globalRegistry.get(zodSchema) ?? {}
      if (Array.isArray(examples)) jsonSchema.examples = examples
    },
  })
}

type ZodIssue = Readonly<{ code?: string | undefined; input?: unknown }>

/** Returns an error `must be …`, or `is missing: it must be …` if there is no value. */
export const mustBe = (what: string) => ({
  error: ({ input }: ZodIssue) =>
    input === undefined ? `is missing: it must be ${what}` : `must be ${what}`,
})

/** Returns the schema of a mapping that rejects unknown keys, with an error that lists the known ones. */
export function section<T extends z.core.$ZodLooseShape>(shape: T) {
  const keys = Object.keys(shape).join(', ')
  return z.strictObject(shape, {
    error: ({ code, input }) => {
      if (code === 'unrecognized_keys') return `is an unknown key. Known keys: ${keys}`
      return mustBe(`a mapping of ${keys}`).error({ input })
    },
  })
}

/** Returns the schema of a text that passes a check. By default, the check requires one line. */
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
 * Returns the condition under which a check that compares these keys runs: all of them are valid. Mistakes in other
 * keys don't prevent it, so all mistakes are reported at once.
 */
export function whenValid(...keys: readonly string[]) {
  return ({ issues }: Parsed) =>
    issues
      .filter(({ code }) => code !== 'unrecognized_keys')
      .map(({ path = [] }) => writePath(path))
      .every(wrong => !keys.some(key => isWithin(wrong, key) || isWithin(key, wrong)))
}

/** Returns the schema of an integer from `min` to `max`. */
export function whole(unit: string, min: number, max: number) {
  const what = mustBe(`a whole number of ${unit} from ${min} to ${max}`)
  return z.int(what).min(min, what).max(max, what)
}

/** Returns the schema of one value of a closed list. */
export function oneOf<const T extends readonly [string, ...string[]]>(words: T) {
  return z.enum(words, mustBe(`one of ${words.join(', ')}`))
}

/** Returns the schema of one fixed value, such as that of `kind`. */
export function only<const T extends string>(word: T) {
  return z.literal(word, mustBe(`${word}: this version supports nothing else`))
}

/** Returns the schema of a boolean. */
export const flag = () => z.boolean(mustBe('true or false'))

/** Returns the schema of the address of a mailbox. */
export const mailbox = () => text('an SMTP address, like someone@example.com', isAddress)

/** Returns the schema of a list of IP addresses and networks. */
export function networks() {
  const entry = text('an IP address or network, like 192.0.2.7 or 10.0.0.0/8', isNetwork)
  return z.array(entry, mustBe('a list of IP addresses and networks'))
}

/** Returns the schema of a host and port to listen on. */
export function listenAddress() {
  return text(
    'HOST:PORT, like 127.0.0.1:8080 or "[::1]:8080"',
    value => readListenAddress(value) !== undefined,
  )
}

/** Returns the schema of an absolute http or https URL without credentials, query, or fragment. */
export function httpUrl(example: string) {
  return text(`an http or https URL without credentials, query or fragment, like ${example}`, url =>
    isHttpUrl(url),
  )
}

function isHttpUrl(value: string): boolean {
  if (!/^https?:\/\/[^\s?#@\\]+$/i.test(value)) return false
  return URL.canParse(value)
}

/** Returns the schema of a reference to a text that is not secret. Its output is the text. */
export const referenced = (
  context: ConfigContext,
  what: string,
  passes: (text: string) => boolean,
) => readAs(context, what, passes, text => text)

/** Returns the schema of a reference to a secret. By default, it is one line. Its output is the secret. */
export const secret = (
  context: ConfigContext,
  what: string,
  passes: (text: string) => boolean = isLine,
) =>
  readAs(
    context,
    what,
    passes,
    (text, reference) =>
      new Secret(text, 'file' in reference ? context.path(reference.file) : undefined),
  )

/** Returns the schema of a reference to a text. */
function readAs<T>(
  { read }: ConfigContext,
  what: string,
  passes: (text: string) => boolean,
  make: (text: string, reference: Reference) => T,
) {
  return reference().transform((value, context): T => {
    try {
      const found = read(value)
      if (passes(found)) return make(found, value)
      context.issues.push({ code: 'custom', input: value, message: `must refer to ${what}` })
    } catch (error) {
      context.issues.push({ code: 'custom', input: value, message: (error as Error).message })
    }
    return z.NEVER
  })
}

function reference() {
  const name = text('the name of an environment variable', value => /^[A-Za-z_]\w*$/.test(value))
  return z.union(
    [z.strictObject({ file: text('the path of a file') }), z.strictObject({ env: name })],
    {
      error: ({ input }: ZodIssue) =>
        typeof input === 'string'
          ? 'must not be written here. Use { file: PATH } or { env: VARIABLE }'
          : mustBe('{ file: PATH } or { env: VARIABLE }').error({ input }),
    },
  )
}
