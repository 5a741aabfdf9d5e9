/**
 * The table of failures on PostgreSQL, and what takes a process of its own.
 */

import { execFileSync } from 'node:child_process'
import { connect } from 'node:net'
import t from 'tap'
import { codeOf } from '../kit/corpus.ts'
import { lend } from '../kit/services/lend.ts'
import { PostgresServer, withoutPostgres } from '../kit/services/postgres.ts'
import { startServing } from '../kit/serving.ts'
import { until, Wire } from '../kit/wire.ts'
import {
  playGatewayCases,
  playStoreCases,
  playUpstreamCases,
  playWithoutConnection,
  type StoreUnderTest,
} from './failure-table.ts'
import { outcomesOf, requestOf } from './failure-trials.ts'
import { FaultyUpstream } from './faulty-upstream.ts'
import { rawRequest } from './traces.ts'

t.test('the table of failures on PostgreSQL', { skip: withoutPostgres }, async t => {
  const postgres = await lend(t, PostgresServer.start())
  const store: StoreUnderTest = {
    configOf: async () => {
      const database = await postgres.createDatabase()
      return `postgres://${postgres.user}@127.0.0.1:${postgres.port}/${database}?sslmode=disable`
    },
    stop: () => postgres.kill(),
    resume: () => postgres.restart(),
  }
  await t.test('faults of upstreams and clients', t => playUpstreamCases(t, store))
  await t.test('upstreams without a connection', t => playWithoutConnection(t, store))
  await t.test('faults of the gateway', t => playGatewayCases(t, store))
  await t.test('an unreachable store', t => playStoreCases(t, store))
})

t.test(
  'a gateway that can open no more files reports that instead of an unreachable upstream',
  async t => {
    const upstream = await FaultyUpstream.start(t)
    const { server, command } = await startServing(t, { upstreamUrl: upstream.url })
    upstream.sandbox = server.sandbox
    const client = new Wire(server.socket())
    const ops = new Wire(connect(server.gateway.opsPort, '127.0.0.1'))
    t.teardown(() => ops.socket.destroy())
    const request = rawRequest(server, requestOf('read'))
    const probe = 'GET /readyz HTTP/1.1\r\nHost: ops\r\n\r\n'
    const ask = async () => {
      const known = client.text.length
      const code = () => codeOf(client.text.slice(known))
      await client.send(request)
      await until('a response', () => code() !== undefined)
      return code()
    }
    t.equal(await ask(), 'NoError')
    await ops.send(probe)
    t.equal((await ops.answer()).status, 200)

    // The next request needs another connection to the upstream, and there is no number for it.
    const limit = (files: string) =>
      execFileSync('prlimit', ['--pid', `${command.pid}`, `--nofile=${files}:`])
    limit('3')
    await upstream.begin('accepts no connection')
    await upstream.begin('answers')
    t.equal(await ask(), 'ErrorServerBusy')
    await until('both outcomes', () => outcomesOf(server).length === 2)
    t.match(outcomesOf(server)[1], { outcome: 'FAILED', cause: 'memory' })
    await command.printed(/"cause":"memory".*EMFILE.*"msg":"Requests fail"/)
    t.notMatch(command.err, /"msg":"(?:Some requests to the upstream fail|The upstream serves no)/)
    let probes = 1
    await until('/readyz fails', async () => {
      await ops.send(probe)
      probes += 1
      return (await ops.answers(probes)).at(-1)?.status === 503
    })
    t.match((await ops.answers(probes)).at(-1)?.text, /"memory":\{"status":"fail".*ulimit -n/)

    limit('1024')
    t.equal(await ask(), 'NoError')
  },
)
