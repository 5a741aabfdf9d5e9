/**
 * The small read with TLS on both sides: from the client, and to the upstream.
 *
 * @module
 */

import type { Part } from './bench.ts'
import type { BenchEnvironment } from './environment.ts'
import { BARE, NGINX } from './peers.ts'
import { envelope, FIND_ITEM } from './requests.ts'
import { inRounds, ratioBar, warm } from './rounds.ts'
import { saturation } from './small.ts'

const ROUNDS = 5
const SECONDS = 1

export async function encrypted(environment: BenchEnvironment): Promise<Part> {
  const subjects = await environment.encrypted([NGINX, BARE])
  const { folder } = environment
  const bodyFile = environment.body(envelope(FIND_ITEM))
  const options = { folder, bodyFile, seconds: SECONDS, byWrk: true }
  const measured = subjects.map(subject => ({ subject, options }))
  for (const each of measured) await warm(each)
  const rows = await inRounds(measured, ROUNDS)
  const [gateway] = rows
  const bare = rows.find(({ name }) => name === BARE)
  const what = `CPU of a small request with TLS on both sides, against ${BARE}`
  return {
    tables: [{ ...saturation(rows, true), title: 'Small read with TLS on both sides' }],
    bars: gateway && bare ? [ratioBar({ what, most: 1.7 }, 'cpuMicroseconds', gateway, bare)] : [],
  }
}
