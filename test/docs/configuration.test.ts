import { readFileSync } from 'node:fs'
import t from 'tap'
import { parse } from 'yaml'
import { configJsonSchema, configPage } from '../../scripts/docs/configuration.ts'
import { makeSelfSigned } from '../../src/cli/init/self-signed.ts'
import { environmentSettings, variableOf } from '../../src/config/environment.ts'
import { configSchema } from '../../src/config/schema.ts'

const docs = (name: string) => readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8')

t.equal(
  configPage(),
  docs('configuration.md'),
  'docs/configuration.md is what `npm run docs` writes',
)
t.strictSame(
  JSON.parse(docs('configuration.schema.json')),
  JSON.parse(JSON.stringify(configJsonSchema())),
  'docs/configuration.schema.json is what `npm run docs` writes',
)

t.test('configPage() shows a valid configuration', async t => {
  const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(configPage()) ?? []
  const now = new Date()
  const pair = makeSelfSigned({ dnsNames: ['localhost'], addresses: [], from: now, until: now })
  const files = { 'tls.crt': pair.certificate, 'tls.key': pair.privateKey }
  const read = (reference: object) =>
    Object.entries(files).find(([name]) => Object.values(reference)[0] === name)?.[1] ?? 'text'
  t.equal(configSchema({ path: path => path, read }).safeParse(parse(example)).success, true)
})

t.test('configJsonSchema() describes every key', async t => {
  const undescribed = Object.entries(properties(configJsonSchema()))
    .filter(([name, { description }]) => !description && !/\.(file|env)$/.test(name))
    .map(([name]) => name)
  t.strictSame(undescribed, [])
})

t.test('variableOf() names a key in the way that environmentSettings() reads', async t => {
  for (const name of Object.keys(properties(configJsonSchema()))) {
    const path = name.split('.').map(step => (step === '0' ? 0 : step))
    const [setting] = environmentSettings({ [variableOf(path)]: 'x' }, new Set())
    t.strictSame(setting?.path, path, name)
  }
})

type Schema = {
  description?: string
  properties?: Record<string, Schema>
  items?: Schema
}

function properties(schema: unknown, above = ''): Record<string, Schema> {
  const { properties: own = {}, items } = schema as Schema
  const found = Object.entries(own).flatMap(([name, value]) => [
    [`${above}${name}`, value] as const,
    ...Object.entries(properties(value, `${above}${name}.`)),
  ])
  return Object.fromEntries([
    ...found,
    ...(items ? Object.entries(properties(items, `${above}0.`)) : []),
  ])
}
