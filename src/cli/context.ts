/**
 * Context of a command: its environment variables, its output, and the signals that it receives.
 *
 * @module
 */

import type { SignalSource } from '../app/stop-signals.ts'
import type { Environment } from '../config/secrets.ts'
import type { LogDestination } from '../telemetry/log.ts'
import type { Output } from './users.ts'

/** Everything of a process that a command uses, except its working folder and its terminal. */
export type CommandContext = Readonly<{
  env: Environment
  output: Output
  signals: SignalSource
  /** Destination of the gateway's log. By default, standard error. */
  log?: LogDestination
}>

/** Context of a command that this process runs: prints results on stdout, and warnings as lines on stderr. */
export const PROCESS_CONTEXT: CommandContext = {
  env: process.env,
  output: {
    print: text => {
      process.stdout.write(text)
    },
    warn: line => {
      process.stderr.write(`${line}\n`)
    },
  },
  signals: process,
}
