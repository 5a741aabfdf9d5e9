import { readFileSync } from 'node:fs'
import t from 'tap'
import { apiPage } from '../../scripts/docs/api.ts'
import { jsonText } from '../../scripts/docs/example-blocks.ts'
import { awsLine, boto3Line, curlLine, exampleOf } from '../../scripts/docs/examples.ts'
import { ACTIONS } from '../../src/control/actions.ts'

t.equal(
  apiPage(),
  readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8'),
  'docs/api.md is what `npm run docs` writes',
)

t.test('apiPage() shows every action with its example', async t => {
  const page = apiPage()
  for (const { name, permission } of ACTIONS.values()) {
    const [, section = ''] = page.split(`\n### ${name}\n`)
    const [own = ''] = section.split(/^##+ /m)
    t.ok(own.includes(`\nPermission \`${permission}\`.`), `${name} has its permission`)
    const example = exampleOf(name)
    const { input, output } = example
    for (const text of [jsonText(input), jsonText(output)])
      t.ok(own.includes(`\`\`\`json\n${text}\n\`\`\`\n`), `${name} has request and response`)
    for (const line of [curlLine(example), awsLine(example), boto3Line(example)])
      t.ok(own.includes(`\n${line}\n`), line)
  }
  t.notMatch(page, /undefined|\[object/)
})

t.test('every operation can be called by its name alone', async t => {
  const names = [...ACTIONS.values()].map(({ name }) => name)
  t.equal(new Set(names).size, names.length)
})

t.test('exampleOf() reports an action without an example', async t => {
  t.throws(() => exampleOf('DoNothing'), { message: 'DoNothing has no example. Run npm run docs' })
})

t.test('the lines quote values for their language', async t => {
  const input = {
    Name: "It's",
    Enabled: false,
    DryRun: true,
    Users: ['alice@example.com', 'bob smith'],
    Rules: [{ Effect: 'ALLOW', Empty: [] }],
    MaxResults: 2,
  }
  const call = { service: 'EwsGateway', action: 'PutUser', input } as const
  t.equal(
    curlLine(call),
    `curl -K gateway.curl -H 'X-Amz-Target: EwsGateway.PutUser' -d '{"Name":"It'\\''s","Enabled":false,"DryRun":true,"Users":["alice@example.com","bob smith"],"Rules":[{"Effect":"ALLOW","Empty":[]}],"MaxResults":2}'`,
  )
  t.equal(
    awsLine(call),
    `aws ewsgateway put-user --name 'It'\\''s' --no-enabled --dry-run --users alice@example.com 'bob smith' --rules '[{"Effect":"ALLOW","Empty":[]}]' --max-results 2`,
  )
  t.equal(
    boto3Line(call),
    `ewsgateway.put_user(Name="It's", Enabled=False, DryRun=True, Users=["alice@example.com", "bob smith"], Rules=[{"Effect": "ALLOW", "Empty": []}], MaxResults=2)`,
  )
})

t.test('jsonText() keeps structures of at most 100 columns on a line', async t => {
  const long = 'x'.repeat(90)
  t.equal(jsonText({ a: [1, 2], b: {} }), '{ "a": [1, 2], "b": {} }')
  t.equal(jsonText({ a: long, b: { c: [] } }), `{\n  "a": "${long}",\n  "b": { "c": [] }\n}`)
})
