/**
 * A small read in a folder that is named by its ID: by a role with a profile, and by one without. Only for the first, the
 * gateway has to know the class of the folder, which it asks for once a minute.
 *
 * @module
 */

import type { Part } from './bench.ts'
import type { BenchEnvironment } from './environment.ts'
import { subjectOf } from './gateway.ts'
import { envelope, FIND_ITEM_BY_ID } from './requests.ts'
import { inRounds, percent, ratioBar, warm } from './rounds.ts'
import { figure } from './table.ts'

const ROUNDS = 9
const SECONDS = 0.6

export async function profile(environment: BenchEnvironment): Promise<Part> {
  const gateway = await environment.gateway({ name: 'profile', roles: 1, profile: 'mail-read' })
  const { folder } = environment
  const options = {
    folder,
    bodyFile: environment.body(envelope(FIND_ITEM_BY_ID)),
    seconds: SECONDS,
  }
  const measured = ['without a profile', 'mail-read'].map((name, role) => ({
    subject: subjectOf(name, gateway, gateway.inRole(role)),
    options,
  }))
  for (const each of measured) await warm(each)
  const rows = await inRounds(measured, ROUNDS)
  const [without, limited] = rows
  const what = 'CPU of a small request under a profile, against one without'
  return {
    tables: [
      {
        title: 'Small read in a folder with an ID that is known',
        columns: ['role', 'CPU µs/request', '±', 'requests/s'],
        rows: rows.map(row => [
          row.name,
          figure(row.cpuMicroseconds),
          percent(row.spread),
          figure(row.requestsPerSecond),
        ]),
      },
    ],
    bars:
      without && limited
        ? [ratioBar({ what, most: 1.1 }, 'cpuMicroseconds', limited, without)]
        : [],
  }
}
