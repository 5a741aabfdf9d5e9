/**
 * `ews-gateway serve`: runs the gateway with the configuration of the command line.
 *
 * @module
 */

import { runServe } from '../app/serve.ts'
import type { Config } from '../config/schema.ts'
import type { CommandContext } from './context.ts'
import { type ConfigOptions, load } from './options.ts'

/**
 * Runs until SIGTERM or SIGINT. A reload reads the configuration again, with the same options.
 *
 * @returns the exit code
 */
export const serve = (
  config: Config,
  options: ConfigOptions,
  { env, signals, log }: CommandContext,
): Promise<number> => runServe(config, { reread: () => load(options, env), signals, log })
