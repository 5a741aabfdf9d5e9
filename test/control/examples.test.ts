/**
 * The examples of the documentation are what the control API does.
 *
 * With `WRITE_DOCS=1`, the calls are recorded instead: `npm run docs`.
 */

import t from 'tap'
import { readExamples, writeExamples } from '../../scripts/docs/examples.ts'
import { ACTIONS } from '../../src/control/actions.ts'
import { checkResponse } from '../kit/contract.ts'
import { basic } from '../kit/gateway-test-server.ts'
import { replay, type Send } from './examples/replay.ts'
import { SCENARIO } from './examples/scenario.ts'
import { startWorld } from './examples/world.ts'

const send: Send = async ({ service, action, input }, { endpoint, key }, actual) => {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Target': `${service}.${action}`,
      Authorization: basic(key),
    },
    body: actual(JSON.stringify(input)),
  })
  const body = (await response.json()) as Record<string, unknown>
  if (response.ok) checkResponse(`${service}.${action}`, body)
  return response.ok ? { output: body } : { error: { status: response.status, body } }
}

t.test('the examples of the documentation are responses of the control API', async t => {
  const examples = await replay(() => startWorld(t), send)
  if (process.env['WRITE_DOCS'] !== undefined) writeExamples(examples)
  t.strictSame(readExamples(), examples, '`npm run docs` records them again')
})

t.test('every action has one example', async t => {
  const examples = SCENARIO.filter(({ topic }) => topic === undefined).map(({ action }) => action)
  t.equal(new Set(examples).size, examples.length, 'and only one')
  t.strictSame(
    [...ACTIONS.values()].map(({ name }) => name).filter(name => !examples.includes(name)),
    [],
    'these have none',
  )
})
