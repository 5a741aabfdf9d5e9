/**
 * Clients that run the lines of the documentation: curl, the AWS CLI, and boto3.
 *
 * Each has an empty home folder, and is prepared by the commands of the documentation.
 *
 * @module
 */

import { execFile, spawn } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Test } from 'tap'
import { BOTO3_SETUP, CURL_SETUP, MODEL_SETUP } from '../../../scripts/docs/api-text.ts'
import { awsLine, boto3Line, curlLine } from '../../../scripts/docs/examples.ts'
import { type ErrorType, STATUS } from '../../../src/control/errors.ts'
import { ROOT, temporaryFolder } from '../../kit/checkout.ts'
import type { Response, Send } from './replay.ts'
import type { Place } from './world.ts'

type Ended = Readonly<{ code: number; out: string; err: string }>

/** A home folder, and what runs in it with a key for a gateway. */
class Home {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>

  constructor(t: Test, { endpoint, key }: Place) {
    this.folder = temporaryFolder(t)
    const modules = join(this.folder, 'prefix/lib/node_modules')
    mkdirSync(modules, { recursive: true })
    symlinkSync(ROOT, join(modules, 'ews-gateway'))
    mkdirSync(join(this.folder, '.aws'))
    // Prints times as the gateway sends them.
    writeFileSync(
      join(this.folder, '.aws/config'),
      '[default]\noutput = json\ncli_timestamp_format = wire\n',
    )
    this.env = {
      PATH: ['/usr/bin', '/bin', process.env['PATH']].join(delimiter),
      HOME: this.folder,
      npm_config_prefix: join(this.folder, 'prefix'),
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_ACCESS_KEY_ID: key.id,
      AWS_SECRET_ACCESS_KEY: key.secret,
      AWS_DEFAULT_REGION: 'eu-west-1',
      AWS_MAX_ATTEMPTS: '1',
      AWS_ENDPOINT_URL_WORKMAIL: endpoint,
      AWS_ENDPOINT_URL_EWSGATEWAY: endpoint,
    }
  }

  run(line: string): Promise<Ended> {
    const { env, folder: cwd } = this
    return new Promise(resolve => {
      execFile('/bin/sh', ['-c', line], { env, cwd }, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      )
    })
  }

  /** @throws Error if the command fails */
  async prepare(line: string): Promise<void> {
    const { code, err } = await this.run(line)
    if (code !== 0) throw new Error(`${line} ends with ${code}: ${err}`)
  }
}

/** Makes one client for each gateway, when it is called first. */
function perPlace<Client>(make: (place: Place) => Promise<Client>) {
  const made = new Map<Place, Promise<Client>>()
  return (place: Place): Promise<Client> => {
    const client = made.get(place) ?? make(place)
    made.set(place, client)
    return client
  }
}

/** Runs the lines for curl. */
export function curlSend(t: Test): Send {
  const homeOf = perPlace(async place => {
    const home = new Home(t, place)
    await home.prepare(CURL_SETUP)
    return home
  })
  return async (call, place, actual) => {
    const line = actual(curlLine(call))
    const { code, out, err } = await (await homeOf(place)).run(line)
    if (code === 0) return { output: JSON.parse(out) }
    const [, status] = /^curl: \(22\) .*: (\d+)$/m.exec(err) ?? []
    if (status === undefined) throw new Error(`${line} ends with ${code}: ${err}`)
    return { error: { status: Number(status), body: JSON.parse(out) } }
  }
}

const AWS_ERROR = /An error occurred \((\w+)\) when calling the \w+ operation(?: \(.*?\))?: (.*)/

/** Runs the lines for the AWS CLI. */
export function awsSend(t: Test): Send {
  const runnerOf = perPlace(async place => {
    const home = new Home(t, place)
    await home.prepare(MODEL_SETUP)
    const run = startPython<Ended>(t, home, 'aws_commands.py')
    return async (line: string) => await run(await argumentsIn(home, line))
  })
  return async (call, place, actual) => {
    const line = actual(awsLine(call))
    const run = await runnerOf(place)
    const { code, out, err } = await run(line)
    if (code === 0) return { output: out.trim() === '' ? {} : JSON.parse(out) }
    const [, type, Message] = AWS_ERROR.exec(err) ?? []
    if (type === undefined) throw new Error(`${line} ends with ${code}: ${err}`)
    // The AWS CLI does not print the status.
    return { error: { status: STATUS[type as ErrorType], body: { __type: type, Message } } }
  }
}

/** Returns the arguments that a shell gives to `aws` for a line. */
async function argumentsIn(home: Home, line: string): Promise<readonly string[]> {
  const { code, out, err } = await home.run(`aws() { printf '%s\\0' "$@"; }\n${line}`)
  if (code !== 0) throw new Error(`${line} ends with ${code}: ${err}`)
  return out.split('\0').slice(0, -1)
}

/** Runs the lines for boto3, with the model that the AWS CLI has installed. */
export function boto3Send(t: Test): Send {
  const evaluatorOf = perPlace(async place => {
    const home = new Home(t, place)
    await home.prepare(MODEL_SETUP)
    return startPython<Response>(t, home, 'lines.py', BOTO3_SETUP)
  })
  return async (call, place, actual) => {
    const evaluate = await evaluatorOf(place)
    return evaluate(actual(boto3Line(call)))
  }
}

/** Starts a Python program that gets one line of JSON after the other, and prints one for each. */
function startPython<Result>(
  t: Test,
  { env, folder: cwd }: Home,
  program: string,
  ...args: readonly string[]
): (input: unknown) => Promise<Result> {
  const script = join(ROOT, 'test/control/python', program)
  const child = spawn('/usr/bin/python3', [script, ...args], { env, cwd })
  t.teardown(() => child.kill())
  const errors: string[] = []
  child.stderr.on('data', chunk => errors.push(String(chunk)))
  const responses = createInterface(child.stdout)[Symbol.asyncIterator]()
  return async input => {
    child.stdin.write(`${JSON.stringify(input)}\n`)
    const { value, done } = await responses.next()
    if (done) throw new Error(`${input}: ${errors.join('')}`)
    return JSON.parse(value)
  }
}
