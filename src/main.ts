#!/usr/bin/env -S node --expose-gc --no-flush-bytecode --heap-growing-percent=150 --max-semi-space-size=4
/**
 * The command line: lists the commands, and runs the one that is called.
 *
 * Exit codes: 0 for success, 1 for failure with a line on stderr for each reason, 2 for wrong usage.
 * Each command is imported when it runs, so that short commands start quickly.
 *
 * @module
 */

// Imported first, because it ends the process on a Node.js version on which other imports would fail.
import './cli/node-version.ts'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { AuditQuestion } from './cli/audit-report.ts'
import { exitCodeOf } from './cli/exit-code.ts'
import type { WorkMailImport } from './cli/import-workmail.ts'
import {
  type ConfigOptions,
  countOf,
  listenOf,
  load,
  type OrganizationOptions,
  untilStopped,
  withConfig,
  withConnection,
  withListeners,
  withOrganization,
} from './cli/options.ts'
import { output } from './cli/output.ts'
import type { SandboxSettings } from './cli/sandbox.ts'

type ConnectionOptions = {
  config?: string
  organization?: string
  endpoint?: string
  ca?: string
  accessKeyId?: string
}
type ApiOptions = ConnectionOptions & { file?: string; query?: string }
type AuditOptions = Omit<AuditQuestion, 'denied' | 'groupBy'> &
  ConnectionOptions & { denied?: true; groupBy?: string; history?: true }
type VerifyOptions = {
  config?: string
  publicKey?: readonly string[]
  checkpoints?: readonly string[]
}
type WorkMailOptions = Omit<WorkMailImport, 'dryRun'> & { config?: string; dryRun?: true }
type InitSettings = { folder: string; as?: string; users?: string } & Record<
  string,
  string | readonly string[]
>
type ImportFlags = {
  dryRun?: true
  deleteMissing?: true
  deleteAtMost?: number
  acceptRemovals?: true
}
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

/** @param ended - called with the exit code of a command that has one */
function commands(ended: (code: number) => void): Command {
  const program = new Command('ews-gateway')
    .description('Authorize Exchange Web Services impersonation')
    .exitOverride()

  addInit(program.command('init'), ended)
  withListeners(untilStopped(program.command('serve')))
    .description('Run the gateway')
    .action(async (options: ConfigOptions) => {
      const config = await load(options)
      const { serve } = await import('./cli/serve.ts')
      ended(await serve(config, options))
    })
  withListeners(untilStopped(program.command('demo')))
    .description('Run the gateway with a sandbox Exchange server and example roles')
    .option(
      '--credentials <file>',
      'Write URLs, users, and keys to this file as JSON when the gateway is ready',
    )
    .action(async (options: ConfigOptions & { credentials?: string }) => {
      const { runDemo } = await import('./cli/demo.ts')
      ended(await runDemo(demoOptions(options)))
    })
  addSandbox(untilStopped(program.command('sandbox')), ended)
  withConfig(program.command('check-config'))
    .description('Print the effective configuration without secrets, or every error in it')
    .action(async (options: ConfigOptions) => {
      const { checkConfig } = await import('./cli/check-config.ts')
      checkConfig(await load(options), output)
    })
  addCheckUpstream(program.command('check-upstream'), ended)
  withConfig(program.command('check-sign-in'))
    .description(
      'Check the directories and the issuers with which tools can sign in, and print how to fix problems',
    )
    .option('--token <file>', 'Check the token in this file')
    .action(async ({ token, ...options }: ConfigOptions & { token?: string }) => {
      const { runCheckSignIn } = await import('./cli/check-sign-in.ts')
      const { readFileSync } = await import('node:fs')
      const text = token === undefined ? undefined : readFileSync(token, 'utf8').trim()
      ended(await runCheckSignIn(await load(options), text, output))
    })
  program
    .command('version')
    .description('Print the version')
    .action(async () => {
      const { printVersion } = await import('./cli/version.ts')
      printVersion(output)
    })
  addUsers(program.command('users').description('Import and export users'))
  addDirectory(program.command('directory').description('Sync users and groups from a directory'))
  addAdmin(
    program
      .command('admin')
      .description('Create an administrator key, start a new epoch, or rotate the master key'),
  )
  addBackup(program)
  addWorkMail(program.command('import-workmail'))
  addApi(program.command('api'))
  addAudit(program.command('audit'), ended)
  return program
}

function addInit(init: Command, ended: (code: number) => void): void {
  init
    .description(
      'Set up a new gateway: write its configuration, check its connection to the EWS server, and create the access key of an administrator',
    )
    .option('--url <url>', 'Connect to the EWS server at this host name or URL')
    .option('--kind <kind>', 'Expect a server of this kind: exchange, grommunio, or other')
    .option('--username <name>', 'Sign in as this service account')
    .option('--password-file <file>', 'Read the password of the service account from this file')
    .option(
      '--service-address <address...>',
      'Prevent impersonation of these addresses of the service account; list all of them',
    )
    .option(
      '--neutral-mailbox <address>',
      'Use this empty mailbox for requests that touch no mailbox',
    )
    .option('--organization <alias>', 'Give the organization this short name')
    .option(
      '--as <address>',
      'Open the mailbox of this user to check that the account may impersonate',
    )
    .option('--users <file>', 'Import the users of this CSV file')
    .option('--folder <folder>', 'Write the files to this folder', '.')
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

/** Returns options by their flags, such as `--neutral-mailbox`. */
const byFlag = (options: object) =>
  Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      `--${name.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`,
      value,
    ]),
  )

function addSandbox(sandbox: Command, ended: (code: number) => void): void {
  sandbox
    .description('Run an in-memory Exchange server, to try the gateway without a server')
    .option(
      '--listen <host:port>',
      'Accept connections from the gateway at this address',
      '127.0.0.1:8090',
    )
    .option(
      '--user <name>',
      'Use this user name for the service account',
      'svc-gateway@example.com',
    )
    .option(
      '--password-file <file>',
      'Read its password from this file instead of printing a random one',
    )
    .option(
      '--like <server>',
      'Behave as exchange, grommunio, or a report of check-upstream --conformance in a file',
      'exchange',
    )
    .action(async (options: SandboxSettings) => {
      const { runSandbox } = await import('./cli/sandbox.ts')
      ended(await runSandbox(options, output))
    })
}

function addCheckUpstream(check: Command, ended: (code: number) => void): void {
  withConfig(check)
    .description(
      'Check that the gateway can use the upstream servers, and print how to fix problems',
    )
    .option('--organization <id>', 'Check only this organization, by ID or alias')
    .option(
      '--as <address>',
      'Open the mailbox of this user to check that the account may impersonate',
    )
    .option(
      '--conformance',
      'Print a report about the behavior of one server, without mail or addresses',
    )
    .option('--mailbox <address>', 'Send the requests of the report to this mailbox')
    .option(
      '--other <address>',
      'Try to open this mailbox as the user of --mailbox, who must have no access to it',
    )
    .option(
      '--ungranted <address>',
      'Try to impersonate this mailbox, for which the account must have no right',
    )
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
    .description('Create and update the users of an organization from a CSV file')
    .argument('<file>', 'CSV file with a header, such as primarySmtpAddress,aliases,displayName')
    .option('--dry-run', 'Print the changes without writing them')
    .option('--delete-missing', 'Remove users who are not in the file')
    .option('--delete-at-most <count>', 'Remove at most this number of users', countOf)
    .option('--accept-removals', 'Import even if it removes more than 10% of the users')
    .action(async (file: string, options: OrganizationOptions & ImportFlags): Promise<void> => {
      const { importUsers } = await import('./cli/users.ts')
      const { dryRun = false, deleteMissing = false } = options
      const settings = { ...options, file, dryRun, deleteMissing }
      await importUsers(await load(options), settings, output)
    })
  withOrganization(users.command('export'))
    .description('Print the users of an organization as CSV')
    .action(async (options: OrganizationOptions) => {
      const { exportUsers } = await import('./cli/users.ts')
      await exportUsers(await load(options), options.organization, output)
    })
}

function addDirectory(directory: Command): void {
  withOrganization(directory.command('sync'))
    .description('Sync the users and groups of an organization with its directory now')
    .option('--accept-removals', 'Sync even if it removes more than 10% of the users')
    .action(async (options: OrganizationOptions & { acceptRemovals?: true }): Promise<void> => {
      const { syncDirectory } = await import('./cli/sync-directory.ts')
      const { organization, acceptRemovals = false } = options
      await syncDirectory(await load(options), { organization, acceptRemovals }, output)
    })
}

function addWorkMail(command: Command): void {
  withOrganization(command)
    .description(
      'Copy users, groups, rules, and roles of an Amazon WorkMail organization into the store of the gateway',
    )
    .option(
      '--endpoint-url <url>',
      'Read from this WorkMail endpoint, such as https://workmail.us-east-1.amazonaws.com; needed without --from',
    )
    .option(
      '--from <folder>',
      'Read the files in this folder, which the AWS CLI printed; needed without --endpoint-url',
    )
    .option(
      '--from-organization <id>',
      'Import this WorkMail organization; needed if there are several',
    )
    .option(
      '--profile <name>',
      'Use this profile of the AWS files, not the environment, AWS_PROFILE, or default',
    )
    .option(
      '--region <name>',
      'Sign for this region, not that of the endpoint, AWS_REGION, or the profile',
    )
    .option('--dry-run', 'Print the changes without writing them')
    .action(async ({ config, dryRun, ...settings }: WorkMailOptions): Promise<void> => {
      const { importWorkMail } = await import('./cli/import-workmail.ts')
      const loaded = await load({ ...(config !== undefined && { config }) })
      await importWorkMail(loaded, { ...settings, dryRun: dryRun ?? false }, process.env, output)
    })
}

function addAdmin(admin: Command): void {
  withOrganization(admin.command('create-key'))
    .description('Create an administrator with an access key, and print the key once')
    .option('--name <name>', 'Give the administrator this name', 'admin')
    .option('--may-impersonate', 'Also allow the administrator to assume every role')
    .action(async (options: OrganizationOptions & { name: string; mayImpersonate?: true }) => {
      const { createKey } = await import('./cli/admin.ts')
      const { mayImpersonate = false } = options
      await createKey(await load(options), { ...options, mayImpersonate }, output)
    })
  withConfig(admin.command('new-epoch'))
    .description('Invalidate everything that was cached or signed before a store was restored')
    .action(async (options: ConfigOptions) => {
      const { newEpoch } = await import('./cli/admin.ts')
      await newEpoch(await load(options), output)
    })
  withConfig(admin.command('rotate-master-key'))
    .description('Replace the master key masterKey.formerFile by masterKey.file')
    .action(async (options: ConfigOptions) => {
      const { rotateMasterKey } = await import('./cli/rotate-master-key.ts')
      await rotateMasterKey(await load(options), output)
    })
}

function addBackup(program: Command): void {
  withConfig(program.command('backup'))
    .description('Copy the store to a file, also while gateways run')
    .argument('<file>', 'New file, which only its owner can read')
    .option('--replace', 'Replace the file if it exists')
    .action(async (file: string, options: ConfigOptions & { replace?: true }) => {
      const { backUp } = await import('./cli/backup.ts')
      await backUp(await load(options), { file, replaces: options.replace ?? false }, output)
    })
  withConfig(program.command('restore'))
    .description('Fill the store from a backup, and invalidate what was cached or signed before')
    .argument('<file>', 'File of ews-gateway backup')
    .option('--replace', 'Replace everything in the store if it is not empty')
    .action(async (file: string, options: ConfigOptions & { replace?: true }) => {
      const { restore } = await import('./cli/backup.ts')
      await restore(await load(options), { file, replaces: options.replace ?? false }, output)
    })
}

function addApi(api: Command): void {
  withConnection(api)
    .description('Call an operation of the control API, and print its output as JSON')
    .argument('<operation>', 'Operation, such as ListUsers or EwsGateway.CreatePrincipal')
    .argument('[json]', 'Input as JSON; times are ISO 8601 dates or seconds since 1970')
    .option('--file <file>', 'Read the input from a file')
    .option(
      '--query <expression>',
      'Print the part of the output that a JMESPath expression selects',
    )
    .action(async (operation: string, json: string | undefined, options: ApiOptions) => {
      const { config, ...settings } = options
      const { callApi } = await import('./cli/api.ts')
      const call = { operation, ...settings, ...(json !== undefined && { json }) }
      const loaded = config === undefined ? undefined : await load({ config })
      await callApi(call, process.env, output, loaded)
    })
}

function addAudit(audit: Command, ended: (code: number) => void): void {
  audit.description('Report from the audit, or verify its files')
  addAuditReport(audit.command('report', { isDefault: true }), ended)
  withConfig(audit.command('verify'))
    .description('Verify that no program has changed the journal since the gateway wrote it')
    .argument(
      '[paths...]',
      'Verify these segments, also compressed ones (.gz, .zst), and folders, not the journal of the configuration',
    )
    .option(
      '--public-key <file>',
      'Use this key from ews-gateway audit public-key, not the master key of the configuration; can be repeated',
      collect,
    )
    .option(
      '--checkpoints <file>',
      'Require the checkpoints in this file, kept elsewhere; can be repeated',
      collect,
    )
    .action(async (paths: readonly string[], options: VerifyOptions, verify: Command) => {
      const { config, publicKey: publicKeys = [], checkpoints = [] } = options
      const isComplete = paths.length > 0 && publicKeys.length > 0
      if (!isComplete && config === undefined && !isConfigured(process.env))
        verify.error('error: use --config, or --public-key and the folder of the journal')
      const { verifyAudit } = await import('./cli/audit-verify.ts')
      const loaded = () => load({ ...(config !== undefined && { config }) })
      const usesStore = !isComplete || config !== undefined
      const settings = { publicKeys, checkpoints, paths, usesStore }
      ended(await verifyAudit(settings, loaded, output))
    })
  withConfig(audit.command('public-key'))
    .description('Print the public key that audit verify needs on another machine')
    .action(async (options: ConfigOptions) => {
      const { printPublicKey } = await import('./cli/audit-verify.ts')
      await printPublicKey(await load(options), output)
    })
}

/** Whether environment variables configure the gateway. */
const isConfigured = (env: NodeJS.ProcessEnv) =>
  Object.keys(env).some(name => name.startsWith('EWS_GATEWAY_'))

/** Adds a value of an option that can be repeated. */
const collect = (value: string, others: readonly string[] = []) => [...others, value]

function addAuditReport(report: Command, ended: (code: number) => void): void {
  withConnection(report)
    .description(
      'Print who read a mailbox, under which rules, what was denied, and what a tool did, from the files of the audit or the history',
    )
    .argument(
      '[paths...]',
      'Read these files, also compressed ones (.gz, .zst), and folders, not the journal of the configuration',
    )
    .option('--mailbox <address>', 'Report on this mailbox, by address or user ID')
    .option('--principal <id>', 'Report on this principal, by ID')
    .requiredOption('--since <day>', 'Begin with this day in UTC, such as 2027-03-01', dayOf)
    .requiredOption('--until <day>', 'End with this day in UTC, such as 2027-03-31', dayOf)
    .option(
      '--history',
      'Ask the history of a running gateway as ews-gateway api does, which is fast, and read no files',
    )
    .option('--denied', 'Report only denied requests')
    .option(
      '--group-by <properties>',
      'Print a total for each value of these properties of the API, such as MAILBOX,OPERATION',
    )
    .addOption(
      new Option('--format <format>', 'Print the report in this form')
        .choices(['table', 'json', 'csv'])
        .default('table'),
    )
    .action(async (paths: readonly string[], options: AuditOptions) => {
      const { config, denied = false, groupBy: list, history = false, ...settings } = options
      if (settings.until < settings.since) report.error('error: --until must not be before --since')
      const { organization, endpoint, ca, accessKeyId } = settings
      if (!history && (organization ?? endpoint ?? ca ?? accessKeyId) !== undefined)
        report.error('error: --organization, --endpoint, --ca, and --access-key-id need --history')
      if (history && paths.length > 0) report.error('error: --history reads no files')
      const loaded = () => load({ ...(config !== undefined && { config }) })
      const { GROUP_BY, groupByOf } = await import('./cli/audit-report.ts')
      const groupBy = list === undefined ? GROUP_BY : groupByOf(list)
      if (groupBy === undefined)
        return report.error(`error: --group-by must be properties of SummarizeDecisions: ${list}`)
      const question = { ...settings, denied, groupBy }
      if (!history) {
        const { reportAudit } = await import('./cli/audit.ts')
        const read = paths.length > 0 ? paths : [(await loaded()).audit.journal]
        return ended(await reportAudit({ ...question, paths: read }, output))
      }
      const { reportHistory } = await import('./cli/audit-history.ts')
      const used = config === undefined ? undefined : await loaded()
      ended(await reportHistory(question, settings, process.env, output, used))
    })
}

/** Returns the beginning of a day. @throws InvalidArgumentError */
function dayOf(text: string): number {
  const at = Date.parse(`${text}T00:00:00Z`)
  if (!Number.isNaN(at) && new Date(at).toISOString().startsWith(text)) return at
  throw new InvalidArgumentError('It must be a day, such as 2027-03-01.')
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
