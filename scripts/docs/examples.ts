/**
 * Examples of the control API, as a test has recorded them, and the lines that make their calls.
 *
 * @module
 */

import { readFileSync, writeFileSync } from 'node:fs'
import type { ServiceName } from '../../src/control/contract/contract.ts'

const RECORDING = new URL('../../fixtures/api-examples.json', import.meta.url)

type Members = Readonly<Record<string, unknown>>

/** The error that a call gets, as HTTP status and body. */
export type ExampleError = Readonly<{ status: number; body: Members }>

/** A call, and its response. */
export type Example = Readonly<{
  service: ServiceName
  action: string
  /** Present if it is not the example of its action. */
  topic?: string
  input: Members
  output?: Members
  error?: ExampleError
}>

export const readExamples = (): readonly Example[] => JSON.parse(readFileSync(RECORDING, 'utf8'))

/**
 * Returns the example of an action.
 *
 * @throws RangeError if it has none
 */
export function exampleOf(action: string): Example {
  const example = readExamples().find(it => it.action === action && it.topic === undefined)
  if (example === undefined) throw new RangeError(`${action} has no example. Run npm run docs`)
  return example
}

/** Returns the calls that show a topic, such as errors. */
export const examplesOf = (topic: string): readonly Example[] =>
  readExamples().filter(it => it.topic === topic)

export const writeExamples = (examples: readonly Example[]): void =>
  writeFileSync(RECORDING, `${JSON.stringify(examples, undefined, 2)}\n`)

type Call = Pick<Example, 'service' | 'action' | 'input'>

/** Returns the line for a shell that makes a call with curl. */
export const curlLine = ({ service, action, input }: Call): string =>
  `curl -K gateway.curl -H 'X-Amz-Target: ${service}.${action}' -d ${quoted(JSON.stringify(input))}`

/** Returns the line for a shell that makes a call with the AWS CLI. */
export function awsLine({ service, action, input }: Call): string {
  const own = Object.entries(input).filter(([member]) => !GLOBAL.has(member))
  const options =
    own.length < Object.keys(input).length
      ? [`--cli-input-json ${quoted(JSON.stringify(input))}`]
      : own.map(([member, value]) => optionOf(member, value))
  return ['aws', CLIENTS[service], dashed(action, '-'), ...options].join(' ')
}

/** Returns the line that makes a call with boto3. */
export function boto3Line({ service, action, input }: Call): string {
  const given = Object.entries(input).map(([member, value]) => `${member}=${pythonOf(value)}`)
  return `${CLIENTS[service]}.${dashed(action, '_')}(${given.join(', ')})`
}

/** Members that the AWS CLI can't take as options, because it has global ones of these names. */
const GLOBAL: ReadonlySet<string> = new Set(['Profile', 'Region', 'Output', 'Query'])

/** Names of the services for the AWS CLI and boto3. */
const CLIENTS = {
  WorkMailService: 'workmail',
  EwsGateway: 'ewsgateway',
} as const satisfies Record<ServiceName, string>

const dashed = (name: string, dash: string) =>
  name.replaceAll(/(?<!^)[A-Z]/g, letter => `${dash}${letter}`).toLowerCase()

function optionOf(member: string, value: unknown): string {
  const option = dashed(member, '-')
  if (typeof value === 'boolean') return value ? `--${option}` : `--no-${option}`
  const words = isTexts(value) ? value : [value]
  return [`--${option}`, ...words.map(wordOf)].join(' ')
}

const isTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.length > 0 && value.every(entry => typeof entry === 'string')

function wordOf(value: unknown): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return /^[\w@.:/-]+$/.test(text) ? text : quoted(text)
}

/** Quotes a text for a shell. */
const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

function pythonOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `[${value.map(pythonOf).join(', ')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).map(
    ([name, it]) => `${JSON.stringify(name)}: ${pythonOf(it)}`,
  )
  return `{${members.join(', ')}}`
}
