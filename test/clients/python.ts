/**
 * Runs the scripts that drive clients from Python, where they are installed.
 */

import { spawn, spawnSync } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import type { GatewayTestServer, Key } from '../kit/gateway-test-server.ts'

export const PYTHON = '/usr/bin/python3'

/** Finds it without loading it, which takes long. */
const FIND_EXCHANGELIB =
  'import importlib.util, sys; sys.exit(importlib.util.find_spec("exchangelib") is None)'

/** Reason to skip tests with exchangelib. False if it is installed. */
export const withoutExchangelib: string | false =
  spawnSync(PYTHON, ['-c', FIND_EXCHANGELIB]).status === 0
    ? false
    : `${PYTHON} has no exchangelib (Debian: python3-exchangelib)`

export type Run = Readonly<{
  script:
    | 'autodiscover'
    | 'backup'
    | 'denials'
    | 'evolution'
    | 'evolution_calendar'
    | 'evolution_source'
    | 'evolution_surface'
    | 'migration'
    | 'neutral'
    | 'ntlm'
    | 'profiles'
    | 'reading'
    | 'refusals'
    | 'retries'
    | 'surface'
    | 'writing'
  key: Key
  /** Additional settings for the script. */
  settings?: Readonly<Record<string, unknown>>
  /** Environment variables to add to those of this process. */
  env?: Readonly<Record<string, string>>
  /** A command that runs Python for us. */
  under?: readonly string[]
  /** Called after each step, with its name. */
  onStep?: (step: string) => void
  /** Actions for the pauses of the script, by name. */
  onPause?: Readonly<Record<string, () => Promise<void> | void>>
}>

/** Results of the steps of a script, by name. */
export type Outcomes = Readonly<Record<string, unknown>>

/**
 * Runs a script against the gateway of a test server.
 *
 * @throws Error with Python's output, if the script itself failed
 */
export async function runPython(server: GatewayTestServer, run: Run): Promise<Outcomes> {
  const script = fileURLToPath(new URL(`python/${run.script}.py`, import.meta.url))
  const [command = PYTHON, ...args] = [...(run.under ?? []), PYTHON, '-B', script]
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, ...run.env },
  })
  const { id, secret } = run.key
  const settings = { url: server.url, username: id, password: secret, ...run.settings }
  child.stdin.write(`${JSON.stringify(settings)}\n`)

  let errors = ''
  child.stderr.on('data', text => {
    errors += text
  })
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  const outcomes: Record<string, unknown> = {}
  for await (const line of createInterface({ input: child.stdout })) {
    const { step, outcome, pause } = JSON.parse(line) as Line
    if (step !== undefined) {
      outcomes[step] = outcome
      run.onStep?.(step)
    }
    if (pause === undefined) continue
    await run.onPause?.[pause]?.()
    child.stdin.write('go on\n')
  }
  if ((await ended) !== 0) throw new Error(`${run.script}.py failed: ${errors}`)
  return outcomes
}

type Line = Readonly<{ step?: string; outcome?: unknown; pause?: string }>
