/**
 * The documentation of the configuration, made from the schema.
 *
 * @module
 */

import { stringify } from 'yaml'
import type { z } from 'zod'
import { variableOf } from '../../src/config/environment.ts'
import { isMapping, type KeyPath, writePath } from '../../src/config/keys.ts'
import { configSchema } from '../../src/config/schema.ts'
import { jsonSchemaOf } from '../../src/config/values.ts'

/** The JSON Schema of the file, for editors. */
export function configJsonSchema(): z.core.JSONSchema.JSONSchema {
  return jsonSchemaOf(configSchema({ path: path => path, read: () => '' }))
}

/** The page that explains every key. */
export function configPage(): string {
  const rows = keys(configJsonSchema(), [], ALWAYS)
  return [INTRODUCTION, ...rows.map(writeKey)].join('\n')
}

type JsonSchema = z.core.JSONSchema.JSONSchema

type Key = Readonly<{ path: KeyPath; schema: JsonSchema; needed: string | undefined }>

const ALWAYS = '**Required.**'

/** @param needed - what is said of a required key: that of the nearest mapping that can be absent */
function keys(schema: JsonSchema, path: KeyPath, needed: string): Key[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, value]) => {
    if (!isMapping(value)) return []
    const isRequired = schema.required?.includes(name) ?? false
    const key = { path: [...path, name], schema: value, needed: isRequired ? needed : undefined }
    const kinds = kindsOf(value)
    if (kinds) return [key, ...keysOfKinds(kinds, key.path)]
    const { text, mapping = value } = formsOf(value)
    const isThere = !text && (isRequired || value['default'] !== undefined)
    return [key, ...keys(mapping, key.path, isThere ? needed : `Required in \`${name}\`.`)]
  })
  const { items } = schema
  return isMapping(items) ? [...own, ...keysOfItems(items, [...path, 0], needed)] : own
}

function keysOfItems(items: JsonSchema, path: KeyPath, needed: string): Key[] {
  const kinds = kindsOf(items)
  return kinds ? keysOfKinds(kinds, path) : keys(items, path, needed)
}

/** Returns the mappings that a value can be, each with its own `kind`. */
function kindsOf({ oneOf }: JsonSchema): readonly JsonSchema[] | undefined {
  return oneOf?.filter(isMapping)
}

/** Keys of several kinds are the same in each. */
function keysOfKinds(kinds: readonly JsonSchema[], path: KeyPath): Key[] {
  const names = new Set(kinds.flatMap(({ properties = {} }) => Object.keys(properties)))
  return [...names].flatMap((name): Key[] => {
    const having = kinds.filter(kind => isMapping(kind.properties?.[name]))
    const schemas = having.map(kind => kind.properties?.[name] as JsonSchema)
    const words = having.map(kind => wordOf(kind)).join(' and ')
    const isRequired = having.every(({ required = [] }) => required.includes(name))
    if (name === 'kind')
      return [{ path: [...path, name], schema: kindSchema(schemas), needed: ALWAYS }]
    const needed = neededOf(isRequired, having.length === kinds.length ? undefined : words)
    const schema = schemas[0] ?? {}
    const key = { path: [...path, name], schema, needed }
    return [key, ...keys(schema, key.path, `Required in \`${name}\`.`)]
  })
}

/** @param words - the kinds that have the key; undefined if all have it */
function neededOf(isRequired: boolean, words: string | undefined): string | undefined {
  if (words !== undefined) return `${isRequired ? 'Required' : 'Possible'} with kind ${words}.`
  return isRequired ? ALWAYS : undefined
}

const wordOf = ({ properties }: JsonSchema) => {
  const kind = properties?.['kind']
  return `\`${isMapping(kind) ? kind['const'] : ''}\``
}

const kindSchema = (schemas: readonly JsonSchema[]): JsonSchema => ({
  enum: schemas.map(({ const: word }) => word ?? null),
  description: schemas
    .map(({ const: word, description }) => `\`${word}\`: ${description}`)
    .join(' '),
})

/** Both forms of what is either text or a mapping. */
function formsOf({
  anyOf = [],
}: JsonSchema): Readonly<{ text?: JsonSchema; mapping?: JsonSchema }> {
  const forms = anyOf.filter(isMapping)
  const text = forms.find(({ type }) => type === 'string')
  const mapping = forms.find(({ type }) => type === 'object')
  return text && mapping ? { text, mapping } : {}
}

function writeKey({ path, schema, needed }: Key): string {
  const title = writePath(path).replaceAll('[0]', '[]')
  const facts = [
    ['Is', kindOf(schema)],
    ['Default', isMapping(schema.default) ? undefined : asCode(schema.default)],
    ['Example', asCode(schema.examples?.[0])],
    ['Environment', isLeaf(schema) ? `\`${variableOf(path)}\`` : undefined],
  ].filter(([, value]) => value !== undefined)

  const about = [schema.description, needed].filter(Boolean).join(' ')
  const list = facts.map(([name, value]) => `- ${name}: ${value}`).join('\n')
  return `${'#'.repeat(depth(path))} \`${title}\`\n\n${about}\n\n${list}\n`
}

const depth = (path: KeyPath) => (path.length === 1 ? 2 : 3)

function isLeaf(schema: JsonSchema): boolean {
  const { type, anyOf, oneOf } = schema
  if (oneOf) return false
  return anyOf ? formsOf(schema).text !== undefined : type !== 'object' && type !== 'array'
}

function asCode(value: unknown): string | undefined {
  if (value === undefined) return undefined
  return `\`${stringify(value, { collectionStyle: 'flow', lineWidth: 0 }).trim()}\``
}

function kindOf(schema: JsonSchema): string {
  const { text } = formsOf(schema)
  if (text) return `${text.title}; or a mapping`
  if (schema.oneOf) return 'a mapping, by its `kind`'
  if (schema.anyOf) return 'a reference, `{ file: PATH }` or `{ env: VARIABLE }`'
  if (schema.const !== undefined) return `\`${schema.const}\`, and nothing else in this version`
  if (schema.enum) return schema.enum.map(word => `\`${word}\``).join(' or ')
  if (schema.type === 'integer') return `a whole number, ${schema.minimum} to ${schema.maximum}`
  if (schema.type === 'boolean') return '`true` or `false`'
  if (schema.type === 'array') return 'a list'
  return schema.type === 'object' ? 'a mapping' : (schema.title ?? 'text')
}

const INTRODUCTION = `# Configuration

<!-- Written by \`npm run docs\` from src/config/schema.ts and scripts/docs/: change it there. -->

This page is for administrators. It lists every key of the configuration, its default, and its environment variable.

\`ews-gateway serve --config gateway.yaml\` reads one YAML file. \`ews-gateway check-config --config gateway.yaml\` checks it. It prints
the configuration with all defaults and without secrets, or all mistakes at once. [configuration.schema.json](configuration.schema.json)
lets an editor check the file.

- The gateway rejects a key that is not listed here, and YAML's anchors, aliases, and tags.
- You can set every key in the environment instead: \`EWS_GATEWAY_\` and the path of the key in capitals, with two underscores between
  steps, and a number for an entry of a list. The gateway reads such a value as a YAML scalar. It rejects a variable that starts so
  and names no key.
- The command line overrides the environment, which overrides the file.
- Relative paths are relative to the folder of the file, or to the working directory if there is no file.
- Passwords, keys, and certificates are never in the file: \`{ file: PATH }\` names a file with the value, and \`{ env: VARIABLE }\` a
  variable of the environment. The gateway removes one newline at the end of a file. In the environment, these are two keys:
  \`…__PASSWORD__FILE\` and \`…__PASSWORD__ENV\`.
- A data or control listener that other machines can reach needs \`tls\` or \`tlsTerminatedBy\`.

A complete example:

\`\`\`yaml
listen: { data: 0.0.0.0:8443, control: 127.0.0.1:8081, ops: 127.0.0.1:8082 }
tls: { certificate: { file: tls.crt }, privateKey: { file: tls.key } }
store: sqlite:data/gateway.db
organizations:
  - id: m-0123456789abcdef0123456789abcdef
    alias: example
    upstream:
      url: https://mail.example.com/EWS/Exchange.asmx
      authentication: { kind: basic, username: svc-gateway, password: { file: upstream.password } }
      serviceAddresses: [svc-gateway@example.com]
    neutralMailbox: neutral@example.com
\`\`\`
`
