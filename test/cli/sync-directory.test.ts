import { join } from 'node:path'
import t from 'tap'
import { importWorkMail } from '../../src/cli/import-workmail.ts'
import { syncDirectory } from '../../src/cli/sync-directory.ts'
import { exportUsers, importUsers } from '../../src/cli/users.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { ConfigInput } from '../../src/config/schema.ts'
import { ldifOf, people, Writer } from '../directory/people.ts'
import { lend } from '../kit/services/lend.ts'
import { BASE, noSlapd, READER, Slapd } from '../kit/services/slapd.ts'

t.test('directory sync', { skip: noSlapd }, async t => {
  const server = await lend(t, Slapd.start({ ldif: ldifOf(people(12)) }))
  const writer = await Writer.to(server, t)
  const folder = t.testdir({ password: READER.password, 'users.csv': '' })
  const organization: ConfigInput['organizations'][number] = {
    id: 'm-0123456789abcdef0123456789abcdef',
    alias: 'example',
    upstream: {
      url: 'https://mail.example.com/EWS/Exchange.asmx',
      authentication: { kind: 'basic', username: 'svc', password: { file: 'password' } },
      serviceAddresses: ['svc@example.com'],
    },
  }
  const elsewhere = { ...organization, id: `m-${'0'.repeat(32)}`, alias: 'imported' }
  const password = { file: 'password' }
  const ldap = { kind: 'ldap', url: server.url, ...READER, password, baseDn: BASE } as const
  const organizations = [{ ...organization, directory: ldap }, elsewhere]
  const config = loadConfig({ env: {}, cwd: folder, overrides: { organizations } })
  let printed = ''
  const output = {
    print: (text: string) => {
      printed += text
    },
    warn: (line: string) => t.fail(line),
  }
  const sync = async (acceptRemovals = false, organization = 'example') => {
    printed = ''
    await syncDirectory(config, { organization, acceptRemovals }, output)
    return printed
  }

  t.match(
    await sync(),
    /^example: 12 created, 0 updated, 0 removed, 0 unchanged\n {2}create p1000@/,
  )
  await writer.change({ name: 'p1000' }, { proxyAddresses: ['smtp:x@example.com', 'smtp:ä@b.org'] })
  t.match(
    await sync(),
    /1 updated.*\ngroups: 0 created, 0 updated, 0 removed\n {2}skipped: p1000@example.com: its address is not an ASCII address like alice@example\.com/s,
  )
  for (const name of ['p1002', 'p1003']) await writer.remove({ name })
  await t.rejects(sync(), {
    name: 'UsersError',
    message: /^The synchronization would remove 2 of 12 users/,
  })
  t.match(await sync(true), /2 removed, 10 unchanged\n {2}remove p1002@/)
  await t.rejects(sync(false, 'imported'), {
    message:
      'The organization imported has no directory. Configure one with directory.kind, or import users with ews-gateway users import',
  })

  printed = ''
  await exportUsers(config, 'example', output)
  t.equal(printed.trim().split('\r\n').length, 11)

  const refused = { name: 'UsersError', message: /^The users of example come from its directory/ }
  const settings = { organization: 'example', dryRun: true, deleteMissing: false }
  await t.rejects(
    importUsers(config, { ...settings, file: join(folder, 'users.csv') }, output),
    refused,
  )
  await t.rejects(importWorkMail(config, { ...settings, from: folder }, {}, output), refused)
})
