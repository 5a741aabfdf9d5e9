/**
 * Runs the load, by the bench's own generator or by wrk.
 *
 * @module
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isInstalled, LOAD_CORE, Program } from './process.ts'
import { EWS_PATH } from './requests.ts'

/** Requests to send, how, and for how long. */
export type LoadOptions = Readonly<{
  port: number
  /** File of a CA to trust. Without it, requests are not encrypted. */
  ca?: string | undefined
  /** URL of the requests; absent: that of EWS. */
  path?: string
  bodyFile: string
  /** Headers, taken in turn. */
  authorizations: readonly string[]
  connections: number
  seconds: number
  /** How long answers are waited for after the end. */
  patienceSeconds: number
  /** Requests a second; absent: as many as are answered. */
  rate?: number
  /** Requests in all. */
  most?: number
  /** The number in a body counts from here, so far. */
  from?: number
  numbers?: number
  /** File for the decision IDs of all responses. */
  idsFile?: string
}>

export type LoadReport = Readonly<{
  answers: number
  failed: number
  statuses: Readonly<Record<string, number>>
  seconds: number
  latencyMs: Readonly<{ p50: number; p90: number; p99: number; max: number }>
}>

const LOAD = join(import.meta.dirname, 'load.ts')
const DONE = /^\{.*\}$/m

export async function load(options: LoadOptions): Promise<LoadReport> {
  const command = [process.execPath, LOAD, JSON.stringify(options)]
  const program = await Program.start(command, { core: LOAD_CORE, ready: /^/ })
  await program.ended()
  const [line] = DONE.exec(program.said) ?? []
  if (line === undefined) throw new Error(`The load ended early: ${program.said}`)
  return JSON.parse(line) as LoadReport
}

export const hasWrk = isInstalled('wrk')

const SCRIPT = `
local file = io.open(os.getenv('BENCH_BODY'), 'rb')
wrk.method, wrk.body = 'POST', file:read('*a')
wrk.headers['Content-Type'] = 'text/xml; charset=utf-8'
wrk.headers['Authorization'] = os.getenv('BENCH_AUTHORIZATION')
function done(summary, latency)
  local errors = summary.errors
  local failed = errors.status + errors.read + errors.write + errors.connect + errors.timeout
  print(string.format('{"answers":%d,"failed":%d,"seconds":%f,"p50":%f,"p90":%f,"p99":%f,"max":%f}', summary.requests,
    failed, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(90) / 1e3,
    latency:percentile(99) / 1e3, latency.max / 1e3))
end
`

/** The same by wrk: one authorization, one body. */
export async function wrk(options: LoadOptions, folder: string): Promise<LoadReport> {
  const script = join(folder, 'wrk.lua')
  writeFileSync(script, SCRIPT)
  const { port, path = EWS_PATH, connections, seconds, bodyFile, authorizations, ca } = options
  const url = `http${ca === undefined ? '' : 's'}://127.0.0.1:${port}${path}`
  const command = [
    'wrk',
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--timeout',
    '20s',
    '-s',
    script,
    url,
  ]
  const [authorization = ''] = authorizations
  const env = { ...process.env, BENCH_BODY: bodyFile, BENCH_AUTHORIZATION: authorization }
  const program = await Program.start(command, { core: LOAD_CORE, ready: /^/, env })
  await program.ended()
  const [line] = DONE.exec(program.said) ?? []
  if (line === undefined) throw new Error(`wrk says: ${program.said}`)
  const { answers, failed, seconds: took, p50, p90, p99, max } = JSON.parse(line)
  return { answers, failed, statuses: {}, seconds: took, latencyMs: { p50, p90, p99, max } }
}
