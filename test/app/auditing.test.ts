import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openAuditing } from '../../src/app/auditing.ts'
import { loadConfig } from '../../src/config/load.ts'
import { createLog } from '../../src/telemetry/log.ts'
import { Metrics } from '../../src/telemetry/metrics.ts'
import { recordsOf, SIGNER } from '../kit/journal.ts'
import { configOf } from '../kit/serving.ts'

t.test('R38 a segment that another program moved away is an alert', async t => {
  const cwd = t.testdir({ 'upstream.password': 'correct-horse-battery' })
  const sections = { audit: { history: { enabled: false } } }
  const config = configOf('https://mail.example.com/EWS/Exchange.asmx', sections)
  writeFileSync(join(cwd, 'gateway.yaml'), JSON.stringify(config))
  const { audit, close } = await openAuditing(
    loadConfig({ file: 'gateway.yaml', env: {}, cwd }),
    SIGNER,
    new Metrics({ version: '1', organizations: [] }),
    createLog('error', { write: () => undefined }),
  )
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
