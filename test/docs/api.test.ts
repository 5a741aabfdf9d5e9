import { readFileSync } from 'node:fs'
import t from 'tap'
import { apiPage, commandOf, exampleOf } from '../../scripts/docs/api.ts'
import { ACTIONS } from '../../src/control/actions.ts'
import { problemsOf } from '../../src/control/problems.ts'

t.equal(
  apiPage(),
  readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8'),
  'docs/api.md is what `npm run docs` writes',
)

t.test('apiPage() shows every action with a call that its schema takes', async t => {
  const page = apiPage()
  for (const action of ACTIONS.values()) {
    t.ok(page.includes(`\n### ${action.name}\n`), action.name)
    t.ok(page.includes(`\nPermission \`${action.permission}\`.`), `${action.name} its permission`)
    t.ok(page.includes(`\n${commandOf(action)}\n`), `${action.name} its line`)
    const { error } = action.input.safeParse(exampleOf(action))
    t.strictSame(error ? problemsOf(error) : [], [], `${action.name} its example`)
  }
  t.notMatch(page, /undefined|\[object/)
})

t.test('every operation can be called by its name alone', async t => {
  const names = [...ACTIONS.values()].map(({ name }) => name)
  t.equal(new Set(names).size, names.length)
})

t.test('commandOf() is a line for a shell', async t => {
  const lines = [...ACTIONS.values()].map(commandOf)
  t.match(
    lines.find(line => line.includes('list-impersonation-roles')),
    /^aws workmail list-impersonation-roles --organization-id m-0123456789abcdef0123456789abcdef$/,
  )
  t.match(
    lines.find(line => line.includes('UpdateAccessKey')),
    /^ews-gateway api UpdateAccessKey '\{"OrganizationId":"m-[^']*,"Enabled":false\}'$/,
  )
})
