/** A replay of a million recorded decisions of many users, and the differences of as many. Prints how long they take. */

import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import t from 'tap'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import { DAY, HOUR, NOW, Writer } from '../history/samples.ts'
import { ORGANIZATION, startControlTestServer } from '../kit/control-test-server.ts'
import { testFolder } from '../kit/folder.ts'

const USERS = 10_000
const READS = ['FindFolder', 'FindItem', 'GetAttachment', 'GetFolder', 'GetItem', 'SyncFolderItems']
const WRITES = ['CreateItem', 'DeleteItem', 'MoveItem', 'UpdateItem']
const OPERATIONS = [...READS, ...WRITES]
/** Requests of each user by each operation, all in one hour. */
const EACH = 10

t.test('a million recorded decisions are replayed', async t => {
  const file = join(testFolder(t), 'history.db')
  const writer = new Writer(() => openSqliteHistory(file))
  let now = NOW - DAY
  const control = await startControlTestServer(t, {
    history: writer.recorder,
    now: () => now,
    users: Array.from({ length: USERS }, (_, n) => ({
      primarySmtpAddress: `user-${n}@example.com`,
      aliases: [],
    })),
  })
  const everyone = { ImpersonationRuleId: 'everyone', Effect: 'ALLOW' }
  const ImpersonationRoleId = await control.createRole('role', [everyone])
  now = NOW + HOUR
  const ask = async (name: string, input: object) => {
    const began = performance.now()
    const { status, body, message } = await control.call(
      name,
      { OrganizationId: ORGANIZATION, ImpersonationRoleId, ...input },
      { service: 'EwsGateway' },
    )
    t.equal(status, 200, `${name} ${message ?? ''}`)
    t.comment(`${name}: ${Math.round(performance.now() - began)} ms`)
    return body
  }
  const { Version } = await ask('PutRoleShadow', {
    Draft: { Type: 'READ_ONLY', Rules: [everyone] },
  })
  const users = await control.store.users(ORGANIZATION)
  await writer.recorder.ask(history => history.hasAllowed(ORGANIZATION))
  const insert = fill(file, ImpersonationRoleId, String(Version))
  for (const { id, primarySmtpAddress } of users) {
    insert.user(id, primarySmtpAddress)
    if (insert.count % 1_000 === 0) await new Promise(resolve => setImmediate(resolve))
  }
  insert.end()

  const span = { StartTime: (NOW - HOUR) / 1_000, EndTime: (NOW + HOUR) / 1_000 }
  const requests = USERS * OPERATIONS.length * EACH
  const denied = USERS * WRITES.length * EACH
  t.match(await ask('ReplayShadow', span), {
    Replayed: { Requests: requests, Same: requests - denied, WouldDeny: denied, Unknown: 0 },
    Truncated: true,
  })
  const listed = await ask('ListShadowDifferences', {})
  t.match(listed, { Differences: [{ Requests: EACH, Outcome: 'WOULD_DENY' }] })
})

/** Writes series and their rollups, which the history would derive from a million records. */
function fill(file: string, role: string, version: string) {
  const database = new DatabaseSync(file)
  database.exec('begin')
  const series =
    database.prepare(`insert into history_series (id, organization_id, role_id, role_name,
    principal_id, user_id, mailbox, operation, verdict, reason, outcome, cause, rule, rule_name,
    shadow_version, shadow, shadow_reason, last_at)
    values (?, '${ORGANIZATION}', '${role}', 'role', 'tool', ?, ?, ?, 'allow', '', 'ANSWERED', '',
      'everyone', '', '${version}', ?, '', ${NOW})`)
  const sums = database.prepare(`insert into history_sums (series_id, hour, requests, items, bytes,
    singles, last_at) values (?, ${NOW / HOUR}, ${EACH}, 0, 0, 0, ${NOW})`)
  let count = 0
  return {
    get count() {
      return count
    },
    user(id: string, mailbox: string) {
      for (const operation of OPERATIONS) {
        count += 1
        series.run(
          count,
          id,
          mailbox,
          operation,
          WRITES.includes(operation) ? 'would-deny' : 'same',
        )
        sums.run(count)
      }
    },
    end() {
      database.exec('commit')
      database.close()
    },
  }
}
