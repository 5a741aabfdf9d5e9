import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { openAuditing } from '../../src/app/auditing.ts'
import { openStoreOf } from '../../src/app/policy.ts'
import { verifyAudit } from '../../src/cli/audit-verify.ts'
import { loadConfig } from '../../src/config/load.ts'
import type { Config } from '../../src/config/schema.ts'
import { MasterKey } from '../../src/credentials/master-key.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { recordsOf } from '../kit/journal.ts'
import { configOf } from '../kit/serving.ts'
import { writeNewStore } from '../kit/store-file.ts'

const KEY = new Uint8Array(32)

/** Returns a function that opens the audit of a gateway without a history. */
async function prepare(t: Test) {
  const cwd = t.testdir({ 'upstream.password': 'correct-horse-battery', data: {} })
  const key = Buffer.from(KEY).toString('base64')
  writeFileSync(join(cwd, 'data/master.key'), key, { mode: 0o600 })
  const sections = { audit: { history: { enabled: false } } }
  const text = configOf('https://mail.example.com/EWS/Exchange.asmx', sections)
  writeFileSync(join(cwd, 'gateway.yaml'), JSON.stringify(text))
  const config = loadConfig({ file: 'gateway.yaml', env: {}, cwd })
  await writeNewStore(join(cwd, 'data/gateway.db'))
  const store = await openStoreOf(config, () => undefined)
  t.teardown(() => store.close().catch(() => undefined))
  const start = () =>
    openAuditing(
      config,
      { store, masterKey: new MasterKey(KEY) },
      new Metrics({ version: '1', organizations: [] }),
      createLog('error', { write: () => undefined }),
    )
  return { cwd, config, store, start }
}

t.test('R38 a segment that another program moved away is an alert', async t => {
  const { cwd, start } = await prepare(t)
  const { audit, close } = await start()
  const journal = join(cwd, 'data/audit')
  renameSync(journal, join(cwd, 'elsewhere'))
  audit.rotate()
  await audit.written()
  await close()
  t.match(recordsOf(journal), [
    {
      type: 'alert',
      alert: 'tamper',
      message: /^Another program changed or deleted an audit segment: .*-000001[.]jsonl /,
    },
  ])
})

t.test('R38 audit verify compares the journal with the checkpoints in the store', async t => {
  const { cwd, config, store, start } = await prepare(t)
  const journal = join(cwd, 'data/audit')
  const made = async () => {
    const { audit, close } = await start()
    audit.record({ type: 'decision', at: Date.now(), decisionId: 'a', verdict: 'allow' })
    await close()
    return readdirSync(journal).filter(name => name.endsWith('.jsonl'))
  }
  const before = await made()
  const [first = ''] = before.map(name => join(journal, name))
  const later = (await made()).filter(name => !before.includes(name))
  const [second = ''] = later.map(name => join(journal, name))
  const whole = readFileSync(second, 'utf8')
  const verify = async (paths: readonly string[] = [], changed: Partial<Config> = {}) => {
    const told: string[] = []
    const tell = (line: string) => void told.push(line)
    const settings = { publicKeys: [], checkpoints: [], paths, usesStore: true }
    const loaded = async () => ({ ...config, ...changed })
    const code = await verifyAudit(settings, loaded, { print: tell, warn: tell })
    return { code, told }
  }
  const OTHERS =
    /^Note: The store has checkpoints of segments that are not among the files [(]processes: 1,/
  t.match(await verify(), { code: 0, told: [/^Verified 2 records in 2 segments of 2 proc/] })
  t.match(await verify([second]), { code: 0, told: [OTHERS, /^Verified 1 record/] })

  writeFileSync(
    second,
    whole
      .split(/(?<=\n)/)
      .slice(0, 2)
      .join(''),
  )
  const CUT = /^Segment 1 of .* lacks its line 4, a checkpoint that was kept elsewhere .* cut off/
  t.match(await verify(), { code: 1, told: [CUT] })
  t.match(await verify([second]), { code: 1, told: [CUT] }, 'also in a segment that is named')
  writeFileSync(second, whole)

  rmSync(first)
  const MISSING = /^Segment 1 of .* is missing[.] .* covers its first 4 lines$/
  t.match(await verify(), { code: 1, told: [MISSING] }, 'the first process has not expired')
  t.match(await verify([journal]), { code: 1, told: [MISSING] })
  const elsewhere = { audit: { ...config.audit, journal: join(cwd, 'elsewhere') } }
  t.match(await verify([journal], elsewhere), { code: 0, told: [OTHERS] }, 'of other gateways')

  await store.close()
  rmSync(join(cwd, 'data/gateway.db'))
  t.match(await verify(), {
    code: 1,
    told: [/^The journal was not compared with the checkpoints in the store[.] .*Cannot find the/],
  })
})
