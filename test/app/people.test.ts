import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import type { ConfigInput } from '../../src/config/schema.ts'
import { Command, SOURCES } from '../kit/command.ts'
import { testFolder } from '../kit/folder.ts'
import { configOf, readPorts } from '../kit/serving.ts'

const HOOK = new URL('loaded-modules.ts', import.meta.url).href
const CONSOLE: Partial<ConfigInput> = {
  controlUrl: 'http://localhost:8081',
  console: {
    oidc: {
      issuer: 'https://login.example.com',
      clientId: 'console',
      clientSecret: { file: 'upstream.password' },
      grants: [{ value: 'administrators', policy: 'administer' }],
    },
  },
}

/** Starts a gateway, and returns the modules for the sign-in of people that it has loaded when it is ready. */
async function loadedFor(t: Test, sections: Partial<ConfigInput>): Promise<readonly string[]> {
  const cwd = testFolder(t)
  writeFileSync(
    join(cwd, 'gateway.yaml'),
    JSON.stringify(configOf('https://mail.example.com/EWS/Exchange.asmx', sections)),
  )
  writeFileSync(join(cwd, 'upstream.password'), 'correct-horse-battery')
  const LOADED_MODULES = join(cwd, 'modules')
  const command = new Command(t, ['serve', '--config', 'gateway.yaml'], {
    cwd,
    main: SOURCES,
    env: { LOADED_MODULES, NODE_OPTIONS: `--import ${HOOK}` },
  })
  await readPorts(command)
  t.equal(await command.kill('SIGTERM'), 0)
  const modules = readFileSync(LOADED_MODULES, 'utf8').split('\n')
  t.ok(
    modules.some(url => url.endsWith('/src/app/people.ts')),
    'the list is complete',
  )
  return modules.filter(url =>
    /node_modules\/(openid-client|oauth4webapi|jose)\/|\/credentials\/people\//.test(url),
  )
}

t.test('openPeople() loads nothing for people unless an issuer is configured', async t => {
  t.strictSame(await loadedFor(t, {}), [])
})

t.test('openPeople() loads openid-client if an issuer is configured', async t => {
  const modules = await loadedFor(t, CONSOLE)
  for (const part of ['openid-client', 'oauth4webapi', 'credentials/people/openid-issuer.ts'])
    t.ok(
      modules.some(url => url.includes(part)),
      part,
    )
})
