/**
 * Options that several commands share, and the configuration that results from them.
 *
 * @module
 */

import { type Command, InvalidArgumentError } from 'commander'
import { stopSignalsOf } from '../app/stop-signals.ts'
import type { Config } from '../config/schema.ts'
import type { Environment } from '../config/secrets.ts'
import type { CommandContext } from './context.ts'

/** Called with the exit code of a command that has one. */
export type Ended = (code: number) => void

type ListenOptions = { listenData?: string; listenControl?: string; listenOps?: string }

/** Options of a command that reads the configuration. */
export type ConfigOptions = ListenOptions & { config?: string }

/** Options of a command that works on one organization. */
export type OrganizationOptions = { config?: string; organization: string }

/** Options of a command that calls the control API. */
export type ConnectionOptions = {
  config?: string
  organization?: string
  endpoint?: string
  ca?: string
  accessKeyId?: string
}

/** Adds the option `--config` to a command. */
export const withConfig = (command: Command) =>
  command.option('--config <file>', 'Read the configuration from this YAML file')

/** Adds the options of a command that works on one organization. */
export const withOrganization = (command: Command) =>
  withConfig(command).requiredOption('--organization <id>', 'Use this organization, by ID or alias')

/** Adds the options of a command that calls the control API. */
export const withConnection = (command: Command) =>
  withConfig(command)
    .option('--organization <id>', 'Use this OrganizationId, or an alias of the configuration')
    .option('--endpoint <url>', 'Call this control listener, not that of the configuration')
    .option('--ca <file>', 'Trust the certificates in this PEM file for TLS')
    .option(
      '--access-key-id <id>',
      'Use this access key, not AWS_ACCESS_KEY_ID; set its secret in EWS_GATEWAY_SECRET_ACCESS_KEY or AWS_SECRET_ACCESS_KEY',
    )

/** Makes a command that runs until it is stopped handle signals from the beginning, even while its modules load. */
export const untilStopped = (command: Command, { signals }: CommandContext) =>
  command.hook('preAction', () => void stopSignalsOf(signals))

/** Adds the options of a command that starts listeners. */
export function withListeners(command: Command): Command {
  return withConfig(command)
    .option('--listen-data <host:port>', 'Listen here for EWS clients')
    .option('--listen-control <host:port>', 'Listen here for administrators')
    .option('--listen-ops <host:port>', 'Listen here for metrics and health checks')
}

/** Reads the value of an option that counts. @throws InvalidArgumentError */
export function countOf(text: string): number {
  const count = Number(text)
  if (text.trim() === '' || !Number.isSafeInteger(count) || count < 0)
    throw new InvalidArgumentError('Use a number, such as 20.')
  return count
}

/**
 * Loads the configuration from the file, the environment, and the command line.
 *
 * @throws ConfigError
 */
export async function load(options: ConfigOptions, env: Environment): Promise<Config> {
  const [{ loadConfig }, { verifyGrants }] = await Promise.all([
    import('../config/load.ts'),
    import('../app/grants.ts'),
  ])
  const config = loadConfig({
    ...(options.config !== undefined && { file: options.config }),
    env,
    cwd: process.cwd(),
    overrides: { listen: listenOf(options) },
  })
  await verifyGrants(config)
  return config
}

/** Returns the listen addresses from the command line, in the structure of the configuration. */
export function listenOf({ listenData, listenControl, listenOps }: ListenOptions) {
  return {
    ...(listenData !== undefined && { data: listenData }),
    ...(listenControl !== undefined && { control: listenControl }),
    ...(listenOps !== undefined && { ops: listenOps }),
  }
}
