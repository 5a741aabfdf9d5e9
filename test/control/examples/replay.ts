/**
 * Runs the scenario of the documentation, and returns its calls with their responses.
 *
 * @module
 */

import type { Example } from '../../../scripts/docs/examples.ts'
import { ACTIONS } from '../../../src/control/actions.ts'
import type { Placeholders } from './placeholders.ts'
import { SCENARIO, type Step } from './scenario.ts'
import type { Place, World } from './world.ts'

type Call = Pick<Example, 'service' | 'action' | 'input'>

/** The response to a call. */
export type Response = Pick<Example, 'output' | 'error'>

/**
 * Makes a call.
 *
 * @param actual - returns a text of the documentation, such as a line, for this run
 */
export type Send = (call: Call, place: Place, actual: (text: string) => string) => Promise<Response>

/**
 * Runs all calls in their order, and repeats that if another hour has begun by then: times and counts in the examples are of one hour.
 *
 * @param start - starts another world for each run
 */
export async function replay(start: () => Promise<World>, send: Send): Promise<readonly Example[]> {
  const hour = hourOf(Date.now())
  const world = await start()
  const examples: Example[] = []
  for (const step of SCENARIO) examples.push(await play(world, step, send))
  return hourOf(Date.now()) === hour ? examples : await replay(start, send)
}

const hourOf = (now: number): number => Math.floor(now / 3_600_000)

async function play(world: World, step: Step, send: Send): Promise<Example> {
  const { placeholders, places } = world
  if (step.before === 'requests') {
    placeholders.step()
    await world.sendRequests()
  }
  const { action, input, topic, at = 'store' } = step
  const call = { service: serviceOf(action), action, ...(topic && { topic }), input }
  placeholders.step()
  const response = await send(call, places[at], text => placeholders.actual(text))
  if (response.error && topic !== 'error')
    throw new Error(`${action}: ${JSON.stringify(response.error.body)}`)
  bindGiven(placeholders, step, response)
  return { ...call, ...(placeholders.documented(response) as Response) }
}

function serviceOf(name: string): Example['service'] {
  const action = [...ACTIONS.values()].find(action => action.name === name)
  if (action === undefined) throw new RangeError(`The scenario calls ${name}, which does not exist`)
  return action.service
}

function bindGiven(placeholders: Placeholders, { action, gives = {} }: Step, response: Response) {
  for (const [path, placeholder] of Object.entries(gives)) {
    const value = path.split('.').reduce<unknown>((at, name) => Object(at)[name], response.output)
    if (typeof value !== 'string')
      throw new TypeError(`${action} gives no ${path}: ${JSON.stringify(response)}`)
    placeholders.bind(placeholder, value)
  }
}
