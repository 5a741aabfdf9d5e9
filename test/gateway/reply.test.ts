/**
 * The gateway's own responses, as a response that collects them.
 */

import type { ServerResponse } from 'node:http'
import t from 'tap'
import { type Refusal, Reply } from '../../src/gateway/reply.ts'
import type { FaultAnswer } from '../../src/model/failure-table.ts'

const DENIED: FaultAnswer = {
  code: 'ErrorAccessDenied',
  backOffMs: undefined,
  mayHaveRun: false,
}

/** Returns the body of a fault. */
function faultOf(parts: Partial<Refusal>): string {
  let text = ''
  const response = {
    req: { complete: true },
    writeHead: () => response,
    end: (body: string) => {
      text = body
    },
  }
  const reply = new Reply(response as unknown as ServerResponse, 'd', ['Basic'])
  reply.fault({ reason: 'rule-denies', answer: DENIED, ...parts })
  return text
}

t.test('Reply.fault() has the version of the upstream if it is known', async t => {
  const serverVersion = {
    ...{ majorVersion: 15, minorVersion: 2, majorBuildNumber: 1, minorBuildNumber: 0 },
    version: 'V2017_07_11',
  }
  t.match(
    faultOf({ serverVersion }),
    /<h:ServerVersionInfo [^>]*MajorVersion="15" MinorVersion="2"/,
  )
  t.notMatch(faultOf({}), 'ServerVersionInfo')
})
