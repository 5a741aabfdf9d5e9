/**
 * A gateway whose journal fills a disk: a real one, in memory, which needs root.
 */

import { execFileSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openSqliteHistory } from '../../src/history/sqlite.ts'
import { createItem, envelope } from '../kit/corpus.ts'
import { testFolder } from '../kit/folder.ts'
import { GatewayTestServer } from '../kit/gateway-test-server.ts'
import { recordsOf } from '../kit/journal.ts'
import { startServing } from '../kit/serving.ts'
import { until } from '../kit/until.ts'
import { checkTrial } from './check.ts'
import { copiedIn, type Sent } from './trial.ts'

const CLIENTS = 4
const FAILURES = 40
const DISK_BYTES = 262_144

/** Mounts a small disk. It is removed with the test. */
function mountDisk(t: Test): string {
  const disk = testFolder(t)
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_BYTES}`, 'tmpfs', disk])
  t.teardown(() => execFileSync('umount', ['--lazy', disk]))
  return disk
}

const withoutMount = process.getuid?.() === 0 ? false : 'Only root can mount a disk'

t.test(
  'R37 a full disk fails exactly the requests without records',
  { skip: withoutMount },
  async t => {
    const disk = mountDisk(t)
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, Buffer.alloc(DISK_BYTES / 2))
    const audit = { journal: join(disk, 'audit') }
    const sinks = [{ kind: 'file' as const, name: 'copy', path: 'copy.jsonl' }]
    const {
      server: serving,
      command,
      folder,
    } = await startServing(t, { config: { audit, sinks }, keepSeen: 10_000 })
    const server = new GatewayTestServer({ ...serving, auditFolder: audit.journal })
    for (const [role, client] of serving.clients) server.clients.set(role, client)
    const requests: Sent[] = []
    const ask = async () => {
      const name = `request-${requests.length}`
      const sent = { name, status: undefined, text: '' }
      requests.push(sent)
      const body = envelope('alice@example.com', createItem(name))
      return Object.assign(sent, await server.post(body, { headers: { 'User-Agent': name } }))
    }
    const failed = () => requests.filter(({ status }) => status === 500)
    const askUntilFull = async () => {
      while (failed().length < FAILURES) await ask()
    }
    await Promise.all(Array.from({ length: CLIENTS }, askUntilFull))
    t.match(
      failed().map(({ text }) => text),
      failed().map(() => /ErrorServerBusy/),
    )
    t.ok(
      requests.length > failed().length + CLIENTS,
      `${failed().length} of ${requests.length} requests failed`,
    )
    const readiness = () => fetch(`http://127.0.0.1:${server.gateway.opsPort}/readyz`)
    await until('readiness fails', async () => (await readiness()).status === 503)
    t.match(await (await readiness()).text(), /Cannot write the audit/)
    t.match(command.err, /"folder":.*requests fail until it can be written/)

    rmSync(ballast)
    await until('it is ready again', async () => (await readiness()).status === 200)
    t.match(await ask(), { status: 200 })
    t.equal(await command.kill('SIGTERM'), 0)

    const journal = recordsOf(audit.journal)
    const decisions = journal.filter(({ type }) => type === 'decision')
    t.equal(decisions.length, requests.length - failed().length)
    const outcomes = journal.filter(({ type }) => type === 'outcome')
    t.equal(outcomes.length, requests.length, 'outcomes are written when there is room')
    await checkTrial(t, {
      journal,
      server,
      sent: { changes: [], requests },
      copied: () => copiedIn(join(folder, 'copy.jsonl')),
      openHistory: async () => {
        const history = await openSqliteHistory(join(folder, 'data/gateway-history.db'))
        t.teardown(() => history.close())
        return history
      },
    })
  },
)
