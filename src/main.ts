#!/usr/bin/env -S node --expose-gc --no-flush-bytecode --heap-growing-percent=150
/**
 * The command line: lists the commands, and runs the one that is called.
 *
 * 0: fine. 1: it failed, with a line on stderr for each reason. 2: it was called wrongly.
 * Commands are imported when they run, so that the quick ones start quickly.
 *
 * @module
 */

// First: it ends the process on a Node.js on which the others fail.
import './cli/node-version.ts'
import { Command } from 'commander'
import { exitCodeOf } from './cli/exit-code.ts'
import type { WorkMailImport } from './cli/import-workmail.ts'
import {
  type ConfigOptions,
  listenOf,
  load,
  type OrganizationOptions,
  untilStopped,
  withConfig,
  withListeners,
  withOrganization,
} from './cli/options.ts'
import { output } from './cli/output.ts'
import type { SandboxSettings } from './cli/sandbox.ts'

type ApiOptions = { endpoint: string; accessKeyId?: string; file?: string }
type WorkMailOptions = Omit<WorkMailImport, 'dryRun'> & { config?: string; dryRun?: true }
type InitSettings = { folder: string; as?: string; users?: string } & Record<
  string,
  string | readonly string[]
>
type CheckSettings = {
  organization?: string
  as?: string
  conformance?: true
  mailbox?: string
  other?: string
  ungranted?: string
}

async function run(argv: readonly string[]): Promise<number> {
  let code = 0
  const program = commands(ended => {
    code = ended
  })
  try {
    await program.parseAsync(argv)
    return code
  } catch (error) {
    return exitCodeOf(error)
  }
}

/** @param ended - told the exit code of a command that runs until it is stopped */
function commands(ended: (code: number) => void): Command {
  const program = new Command('ews-gateway')
    .description('Authorises Exchange Web Services impersonation.')
    .exitOverride()

  addInit(program.command('init'), ended)
  withListeners(untilStopped(program.command('serve')))
    .description('run the gateway')
    .action(async (options: ConfigOptions) => {
      const config = await load(options)
      const { serve } = await import('./cli/serve.ts')
      ended(await serve(config, options))
    })
  withListeners(untilStopped(program.command('demo')))
    .description('run the gateway before a sandbox Exchange, with roles to try')
    .option('--credentials <file>', 'write URLs, users and keys to this file as JSON, once ready')
    .action(async (options: ConfigOptions & { credentials?: string }) => {
      const { runDemo } = await import('./cli/demo.ts')
      ended(await runDemo(demoOptions(options)))
    })
  addSandbox(untilStopped(program.command('sandbox')), ended)
  withConfig(program.command('check-config'))
    .description('print the effective configuration without secrets, or all its mistakes')
    .action(async (options: ConfigOptions) => {
      const { checkConfig } = await import('./cli/check-config.ts')
      checkConfig(await load(options), output)
    })
  addCheckUpstream(program.command('check-upstream'), ended)
  program
    .command('version')
    .description('print the version')
    .action(async () => {
      const { printVersion } = await import('./cli/version.ts')
      printVersion(output)
    })
  addUsers(program.command('users').description('bring the users of an organization in or out'))
  addDirectory(program.command('directory').description('copy users from a directory'))
  addAdmin(program.command('admin').description('begin, or begin anew, beside the gateway'))
  addWorkMail(program.command('import-workmail'))
  addApi(program.command('api'))
  return program
}

function addInit(init: Command, ended: (code: number) => void): void {
  init
    .description('set up a gateway for a server: configuration, check, and first administrator')
    .option('--url <url>', 'host name or URL of the EWS server')
    .option('--kind <kind>', 'kind of the server: exchange, grommunio, or other')
    .option('--username <name>', 'user name of the service account')
    .option('--password-file <file>', 'file with the password of the service account')
    .option('--service-address <address...>', 'every address of the service account')
    .option('--neutral-mailbox <address>', 'empty mailbox for requests that touch no mailbox')
    .option('--organization <alias>', 'short name of the organization')
    .option('--as <address>', 'mailbox to open, to check that the account can impersonate')
    .option('--users <file>', 'CSV file of the users to import')
    .option('--folder <folder>', 'folder for the files', '.')
    .action(async ({ folder, as, users, ...answers }: InitSettings) => {
      const { runInit } = await import('./cli/init.ts')
      const options = {
        folder,
        answers: byFlag(answers),
        ...(as !== undefined && { as }),
        ...(users !== undefined && { users }),
      }
      ended(await runInit(options, output, message => init.error(message)))
    })
}

/** Returns options under the flags that they were given with. */
const byFlag = (options: object) =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      `--${name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`,
      value,
    ]),
  )

function addSandbox(sandbox: Command, ended: (code: number) => void): void {
  sandbox
    .description('run a small Exchange in memory, to try a gateway without a server')
    .option('--listen <host:port>', 'where the gateway connects', '127.0.0.1:8090')
    .option('--user <name>', 'user name of the service account', 'svc-gateway@example.com')
    .option('--password-file <file>', 'file with its password; else a random one is printed')
    .option(
      '--like <server>',
      'behave as exchange, grommunio, or a report of check-upstream --conformance in a file',
      'exchange',
    )
    .action(async (options: SandboxSettings) => {
      const { runSandbox } = await import('./cli/sandbox.ts')
      ended(await runSandbox(options, output))
    })
}

function addCheckUpstream(check: Command, ended: (code: number) => void): void {
  withConfig(check)
    .description('look whether the servers can be used, and say what to do where one cannot')
    .option('--organization <id>', 'id or alias of the only organization to look at')
    .option('--as <address>', 'whose mailbox is opened to see whether the account may impersonate')
    .option(
      '--conformance',
      'print a report about the behavior of one server, without mail or addresses',
    )
    .option('--mailbox <address>', 'mailbox for the requests of the report')
    .option('--other <address>', 'another mailbox, which the first one cannot open')
    .option('--ungranted <address>', 'a mailbox that the account may not impersonate')
    .action(async (options: ConfigOptions & CheckSettings) => {
      const { conformance, mailbox, other, ungranted } = options
      if (conformance && mailbox !== undefined && other !== undefined) {
        const { runConformance } = await import('./cli/conformance/command.ts')
        const settings = { ...options, mailbox, other }
        return ended(await runConformance(await load(options), settings, output))
      }
      if (conformance)
        check.error('error: --conformance needs --mailbox ADDRESS and --other ADDRESS')
      if (mailbox !== undefined || other !== undefined || ungranted !== undefined)
        check.error('error: --mailbox, --other, and --ungranted need --conformance')
      const { runCheckUpstream } = await import('./cli/check-upstream.ts')
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
        options: OrganizationOptions & { dryRun?: true; deleteMissing?: true },
      ): Promise<void> => {
        const { importUsers } = await import('./cli/users.ts')
        const { organization, dryRun = false, deleteMissing = false } = options
        const settings = { organization, file, dryRun, deleteMissing }
        await importUsers(await load(options), settings, output)
      },
    )
  withOrganization(users.command('export'))
    .description('print the users of an organization as CSV')
    .action(async (options: OrganizationOptions) => {
      const { exportUsers } = await import('./cli/users.ts')
      await exportUsers(await load(options), options.organization, output)
    })
}

function addDirectory(directory: Command): void {
  withOrganization(directory.command('sync'))
    .description('make the users of an organization what its directory says, now')
    .option('--accept-removals', 'though that removes more than a tenth of them')
    .action(async (options: OrganizationOptions & { acceptRemovals?: true }): Promise<void> => {
      const { syncDirectory } = await import('./cli/sync-directory.ts')
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
      const { importWorkMail } = await import('./cli/import-workmail.ts')
      const loaded = await load({ ...(config !== undefined && { config }) })
      await importWorkMail(loaded, { ...settings, dryRun: dryRun ?? false }, process.env, output)
    })
}

function addAdmin(admin: Command): void {
  withOrganization(admin.command('create-key'))
    .description('make an administrator with an access key, and print it once')
    .option('--name <name>', 'of the administrator', 'admin')
    .option('--may-impersonate', 'also allow acting in every role')
    .action(async (options: OrganizationOptions & { name: string; mayImpersonate?: true }) => {
      const { createKey } = await import('./cli/admin.ts')
      const { mayImpersonate = false } = options
      await createKey(await load(options), { ...options, mayImpersonate }, output)
    })
  withConfig(admin.command('new-epoch'))
    .description('void all that was cached or signed before a store was restored')
    .action(async (options: ConfigOptions) => {
      const { newEpoch } = await import('./cli/admin.ts')
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
      const { callApi } = await import('./cli/api.ts')
      const call = { operation, ...options, ...(json !== undefined && { json }) }
      await callApi(call, process.env, output)
    })
}

function demoOptions({
  config,
  credentials,
  ...options
}: ConfigOptions & { credentials?: string }) {
  return {
    ...(config !== undefined && { config }),
    ...(credentials !== undefined && { credentials }),
    listen: listenOf(options),
  }
}

process.exitCode = await run(process.argv)
