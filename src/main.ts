#!/usr/bin/env node
/**
 * The command line: reads arguments, runs a command, turns its end into an exit code.
 *
 * 0: fine. 1: it failed, with a line on stderr for each reason. 2: it was called wrongly.
 * Commands are imported when they run, so that the quick ones start quickly.
 *
 * @module
 */

import { Command, CommanderError } from 'commander'
import type { Config } from './config/schema.ts'
import type { WorkMailImport } from './import-workmail.ts'
import { Failure } from './model/failure.ts'
import { VERSION } from './version.ts'

type Listen = { listenData?: string; listenControl?: string; listenOps?: string }
type Options = Listen & { config?: string }
type ApiOptions = { endpoint: string; accessKeyId?: string; file?: string }
type WorkMailOptions = Omit<WorkMailImport, 'dryRun'> & { config?: string; dryRun?: true }
type CheckSettings = { organization?: string; as?: string }
type UsersOptions = { config?: string; organization: string }

/** Errors whose message says all, by name: their classes are not loaded until they are needed. */
const EXPECTED = new Set([
  'AdminError',
  'ApiCallError',
  'ConfigError',
  'ListenError',
  'MasterKeyError',
  'UsersError',
  'WorkMailError',
])

async function run(argv: readonly string[]): Promise<number> {
  let code = 0
  const program = commands(ended => {
    code = ended
  })
  try {
    await program.parseAsync(argv)
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
    process.stderr.write(`${explain(error)}\n`)
    return 1
  }
}

/** @param ended - told the exit code of a command that runs until it is stopped */
function commands(ended: (code: number) => void): Command {
  const program = new Command('ews-gateway')
    .description('Authorises Exchange Web Services impersonation.')
    .exitOverride()

  withListeners(program.command('serve'))
    .description('run the gateway')
    .action(async (options: Options) => {
      const config = await load(options)
      const { runServe } = await import('./serve.ts')
      ended(await runServe(config, () => load(options)))
    })
  withListeners(program.command('demo'))
    .description('run the gateway before a sandbox Exchange, with roles to try')
    .option('--credentials <file>', 'write URLs, users and keys to this file as JSON, once ready')
    .action(async (options: Options & { credentials?: string }) => {
      const { runDemo } = await import('./demo.ts')
      ended(await runDemo(demoOptions(options)))
    })
  withConfig(program.command('check-config'))
    .description('print the effective configuration without secrets, or all its mistakes')
    .action(async (options: Options) => {
      const { printConfig } = await import('./config/print.ts')
      process.stdout.write(printConfig(await load(options)))
    })
  addCheckUpstream(program.command('check-upstream'), ended)
  program
    .command('version')
    .description('print the version')
    .action(() => {
      process.stdout.write(`${VERSION}\n`)
    })
  addUsers(program.command('users').description('bring the users of an organization in or out'))
  addDirectory(program.command('directory').description('copy users from a directory'))
  addAdmin(program.command('admin').description('begin, or begin anew, beside the gateway'))
  addWorkMail(program.command('import-workmail'))
  addApi(program.command('api'))
  return program
}

function addCheckUpstream(check: Command, ended: (code: number) => void): void {
  withConfig(check)
    .description('look whether the servers can be used, and say what to do where one cannot')
    .option('--organization <id>', 'id or alias of the only organization to look at')
    .option('--as <address>', 'whose mailbox is opened to see whether the account may impersonate')
    .action(async (options: Options & CheckSettings) => {
      const { runCheckUpstream } = await import('./check-upstream.ts')
      ended(await runCheckUpstream(await load(options), options, output))
    })
}

function addUsers(users: Command): void {
  withOrganization(users.command('import'))
    .description('make the users of an organization what a CSV file says')
    .argument('<file>', 'UTF-8, with the header id,primarySmtpAddress,aliases,…')
    .option('--dry-run', 'print what would change, and change nothing')
    .option('--delete-missing', 'remove users who are not in the file')
    .action(
      async (
        file: string,
        options: UsersOptions & { dryRun?: true; deleteMissing?: true },
      ): Promise<void> => {
        const { importUsers } = await import('./users.ts')
        const { organization, dryRun = false, deleteMissing = false } = options
        const settings = { organization, file, dryRun, deleteMissing }
        await importUsers(await load(options), settings, output)
      },
    )
  withOrganization(users.command('export'))
    .description('print the users of an organization as CSV')
    .action(async (options: UsersOptions) => {
      const { exportUsers } = await import('./users.ts')
      await exportUsers(await load(options), options.organization, output)
    })
}

function addDirectory(directory: Command): void {
  withOrganization(directory.command('sync'))
    .description('make the users of an organization what its directory says, now')
    .option('--accept-removals', 'though that removes more than a tenth of them')
    .action(async (options: UsersOptions & { acceptRemovals?: true }): Promise<void> => {
      const { syncDirectory } = await import('./sync-directory.ts')
      const { organization, acceptRemovals = false } = options
      await syncDirectory(await load(options), { organization, acceptRemovals }, output)
    })
}

function addWorkMail(command: Command): void {
  withOrganization(command)
    .description('make an organization of Amazon WorkMail here, with its ids')
    .option('--endpoint-url <url>', "WorkMail's, like https://workmail.us-east-1.amazonaws.com")
    .option('--from <folder>', 'what the AWS CLI printed, instead of an endpoint')
    .option('--from-organization <id>', 'else the only one that there is')
    .option('--profile <name>', 'of the AWS files; else the environment, AWS_PROFILE or default')
    .option('--region <name>', "else the endpoint's, AWS_REGION or the profile's")
    .option('--dry-run', 'print what would change, and change nothing')
    .action(async ({ config, dryRun, ...settings }: WorkMailOptions): Promise<void> => {
      const { importWorkMail } = await import('./import-workmail.ts')
      const loaded = await load({ ...(config !== undefined && { config }) })
      await importWorkMail(loaded, { ...settings, dryRun: dryRun ?? false }, process.env, output)
    })
}

function addAdmin(admin: Command): void {
  withOrganization(admin.command('create-key'))
    .description('make an administrator with an access key, and print it once')
    .option('--name <name>', 'of the administrator', 'admin')
    .action(async (options: UsersOptions & { name: string }) => {
      const { createKey } = await import('./admin.ts')
      await createKey(await load(options), options, output)
    })
  withConfig(admin.command('new-epoch'))
    .description('void all that was cached or signed before a store was restored')
    .action(async (options: Options) => {
      const { newEpoch } = await import('./admin.ts')
      await newEpoch(await load(options), output)
    })
}

function addApi(api: Command): void {
  api
    .description('call an operation of the control API, and print what it answers')
    .argument('<operation>', 'like ListUsers or EwsGateway.CreatePrincipal')
    .argument('[json]', 'its input')
    .option('--file <file>', 'its input, in a file')
    .option('--endpoint <url>', 'of the control listener', 'http://127.0.0.1:8081')
    .option(
      '--access-key-id <id>',
      'else AWS_ACCESS_KEY_ID; the secret is in EWS_GATEWAY_SECRET_ACCESS_KEY or AWS_SECRET_ACCESS_KEY',
    )
    .action(async (operation: string, json: string | undefined, options: ApiOptions) => {
      const { callApi } = await import('./api.ts')
      const call = { operation, ...options, ...(json !== undefined && { json }) }
      await callApi(call, process.env, output)
    })
}

const output = {
  print: (text: string) => {
    process.stdout.write(text)
  },
  warn: (line: string) => {
    process.stderr.write(`${line}\n`)
  },
}

const withConfig = (command: Command) =>
  command.option('--config <file>', 'the configuration, a YAML file')

const withOrganization = (command: Command) =>
  withConfig(command).requiredOption('--organization <id>', 'id or alias of the organization')

function withListeners(command: Command): Command {
  return withConfig(command)
    .option('--listen-data <host:port>', 'where EWS clients connect')
    .option('--listen-control <host:port>', 'where administrators connect')
    .option('--listen-ops <host:port>', 'where metrics and health are read')
}

async function load(options: Options): Promise<Config> {
  const { loadConfig } = await import('./config/load.ts')
  return loadConfig({
    ...(options.config !== undefined && { file: options.config }),
    env: process.env,
    cwd: process.cwd(),
    overrides: { listen: listenOf(options) },
  })
}

function demoOptions({ config, credentials, ...options }: Options & { credentials?: string }) {
  return {
    ...(config !== undefined && { config }),
    ...(credentials !== undefined && { credentials }),
    listen: listenOf(options),
  }
}

function listenOf({ listenData, listenControl, listenOps }: Listen) {
  return {
    ...(listenData !== undefined && { data: listenData }),
    ...(listenControl !== undefined && { control: listenControl }),
    ...(listenOps !== undefined && { ops: listenOps }),
  }
}

/** What went wrong in words; a bug with all that helps to find it. */
function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const expected = error instanceof Failure || 'syscall' in error || EXPECTED.has(error.name)
  return expected ? error.message : `This is a bug: ${error.stack}`
}

process.exitCode = await run(process.argv)
