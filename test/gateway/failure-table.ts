/**
 * Plays all rows of the table of failures, on a store of the caller's choice.
 *
 * @module
 */

import type { Test } from 'tap'
import {
  type GatewayTestServer,
  type GatewayTestServerOptions,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { collectLog } from '../kit/log-lines.ts'
import { skippableTime } from '../kit/skip-time.ts'
import { until, Wire } from '../kit/wire.ts'
import { CONNECTION_CASES, GATEWAY_CASES, STORE_CASES, UPSTREAM_CASES } from './failure-cases.ts'
import { addAuditor, compareHistory, compareHistoryFile } from './failure-history.ts'
import { type Act, play, requestOf, type Setting, send } from './failure-trials.ts'
import { FaultyUpstream } from './faulty-upstream.ts'
import { FAULTY_OPTIONS, gatewayFaults } from './gateway-faults.ts'
import { rawRequest } from './traces.ts'

/** A kind of store. */
export type StoreUnderTest = Readonly<{
  /** Returns the configuration of a new store; absent: SQLite. */
  configOf?: () => Promise<string>
  /** Makes the store of a gateway unusable. */
  stop: (server: GatewayTestServer) => Promise<void>
  /** Makes it usable again; absent: it can't be. */
  resume?: () => Promise<void>
}>

const SQLITE: StoreUnderTest = { stop: server => server.store.close() }

async function startSetting(
  t: Test,
  { configOf }: StoreUnderTest,
  options: GatewayTestServerOptions = {},
): Promise<Setting> {
  const takeLog = collectLog(t)
  const skip = skippableTime(t)
  const store = await configOf?.()
  const config = {
    log: { level: 'info' as const },
    audit: {},
    ...options.config,
    ...(store && { store }),
  }
  return { server: await startGatewayTestServer(t, { ...options, config }), takeLog, skip }
}

export async function playUpstreamCases(t: Test, store = SQLITE): Promise<void> {
  const upstream = await FaultyUpstream.start(t)
  const config = {
    timeouts: { upstreamSeconds: 1, drainSeconds: 1 },
    log: { level: 'info' as const },
  }
  const setting = await startSetting(t, store, { upstreamUrl: upstream.url, config })
  const { server } = setting
  upstream.sandbox = server.sandbox
  const auditor = await addAuditor(server)
  t.equal(await send(server, requestOf('read', 'ceo@example.com')), 'ErrorImpersonateUserDenied')
  t.equal(await send(server, requestOf('read')), 'NoError')
  setting.takeLog()
  for (const row of UPSTREAM_CASES) {
    const act: Act = {
      begin: () => upstream.begin(row.fault),
      end: () => upstream.begin('answers'),
      ...(row.fault === 'is left by the client' && {
        send: kind => sendAndLeave(server, requestOf(kind)),
      }),
    }
    await play(t, setting, row, act)
  }
  const verdicts = server
    .audit()
    .flatMap(({ type, verdict }) => (type === 'decision' ? [verdict] : []))
  t.strictSame([...new Set(verdicts)].sort(), ['allow', 'deny'], 'decisions stay what they were')
  await compareHistory(t, server, auditor)
}

async function sendAndLeave(server: GatewayTestServer, body: string): Promise<string> {
  const before = server.sandbox.executed.length
  const wire = new Wire(server.socket())
  await wire.send(rawRequest(server, body))
  await until('the upstream runs it', () => server.sandbox.executed.length > before)
  wire.socket.destroy()
  return 'cut'
}

export async function playWithoutConnection(t: Test, store = SQLITE): Promise<void> {
  const { port } = await FaultyUpstream.start(t)
  const [noName, noTls] = CONNECTION_CASES
  for (const [row, url] of [
    [noName, 'https://ews.invalid/EWS/Exchange.asmx'],
    [noTls, `https://127.0.0.1:${port}/EWS/Exchange.asmx`],
  ] as const)
    await t.test(row.fault, async t => {
      const setting = await startSetting(t, store, { upstreamUrl: url })
      const auditor = await addAuditor(setting.server)
      await play(t, setting, row, { begin: () => isDown(setting.server), stays: true })
      await compareHistory(t, setting.server, auditor)
    })
}

/** Waits for the check of the connection at the start. */
const isDown = (server: GatewayTestServer) =>
  until('the check has failed', async () =>
    /upstream_state[{].*state="down"[}] 1$/m.test(await server.metrics()),
  )

export async function playGatewayCases(t: Test, store = SQLITE): Promise<void> {
  const setting = await startSetting(t, store, FAULTY_OPTIONS)
  const { server } = setting
  const auditor = await addAuditor(server)
  t.equal(await send(server, requestOf('read')), 'NoError')
  setting.takeLog()
  const faults = gatewayFaults(t, server)
  for (const row of GATEWAY_CASES) await play(t, setting, row, faults[row.fault])
  await compareHistory(t, server, auditor, 2)
}

export async function playStoreCases(t: Test, store = SQLITE): Promise<void> {
  const setting = await startSetting(t, store)
  const { server, skip } = setting
  const auditor = await addAuditor(server)
  t.equal(await send(server, requestOf('read')), 'NoError')
  setting.takeLog()
  const strangers = { read: 'bob@example.com', write: 'carol@example.com' }
  await play(t, setting, STORE_CASES.unknown, {
    begin: () => store.stop(server),
    send: kind => send(server, requestOf(kind, strangers[kind])),
    stays: true,
  })
  t.equal(await send(server, requestOf('read')), 'NoError', 'what is known can be used')
  const { resume } = store
  await play(t, setting, STORE_CASES.old, {
    begin: () => skip(300_000),
    ...(resume === undefined ? { stays: true } : { end: resume }),
  })
  if (resume !== undefined) return await compareHistory(t, server, auditor)
  // Without its store the control API does not answer.
  await server.close()
  await compareHistoryFile(t, server)
}
