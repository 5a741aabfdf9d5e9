/**
 * The commands that report from the audit, and verify its files.
 *
 * @module
 */

import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Environment } from '../../config/secrets.ts'
import type { AuditQuestion } from '../audit-report.ts'
import type { CommandContext } from '../context.ts'
import {
  type ConfigOptions,
  type ConnectionOptions,
  type Ended,
  load,
  type OrganizationOptions,
  withConfig,
  withConnection,
  withOrganization,
} from '../options.ts'

type AuditOptions = Omit<AuditQuestion, 'denied' | 'groupBy'> &
  ConnectionOptions & { denied?: true; groupBy?: string; history?: true }

type VerifyOptions = {
  config?: string
  publicKey?: readonly string[]
  checkpoints?: readonly string[]
}

export function addAudit(audit: Command, context: CommandContext, ended: Ended): void {
  const { env, output } = context
  audit.description('Report from the audit, or verify its files')
  addAuditReport(audit.command('report', { isDefault: true }), context, ended)
  addAuditPolicy(audit.command('policy'), context, ended)
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
      if (!isComplete && config === undefined && !isConfigured(env))
        verify.error('error: use --config, or --public-key and the folder of the journal')
      const { verifyAudit } = await import('../audit-verify.ts')
      const loaded = () => load({ ...(config !== undefined && { config }) }, env)
      const usesStore = !isComplete || config !== undefined
      const settings = { publicKeys, checkpoints, paths, usesStore }
      ended(await verifyAudit(settings, loaded, output))
    })
  withConfig(audit.command('public-key'))
    .description('Print the public key that audit verify needs on another machine')
    .action(async (options: ConfigOptions) => {
      const { printPublicKey } = await import('../audit-verify.ts')
      await printPublicKey(await load(options, env), output)
    })
}

type PolicyOptions = OrganizationOptions & { at: string }

function addAuditPolicy(policy: Command, { env, output }: CommandContext, ended: Ended): void {
  withOrganization(policy)
    .description('Print the policy at a time, rebuilt from the files of the audit')
    .argument(
      '[paths...]',
      'Read these files, also compressed ones (.gz, .zst), and folders, not the journal of the configuration',
    )
    .requiredOption(
      '--at <time>',
      'Print the policy at this time, such as 2027-03-01T09:00Z; without an offset, in UTC',
    )
    .action(async (paths: readonly string[], options: PolicyOptions) => {
      const { printPolicy, timeIn } = await import('../audit-policy.ts')
      const at = timeIn(options.at)
      if (at === undefined)
        return policy.error(`error: --at must be a time, such as 2027-03-01T09:00Z: ${options.at}`)
      const isConfigured = paths.length === 0 || options.config !== undefined
      const config = isConfigured ? await load(options, env) : undefined
      const { organizationOf } = await import('../users.ts')
      const question = {
        organizationId: config
          ? organizationOf(config, options.organization).id
          : options.organization,
        at,
        paths: paths.length > 0 || config === undefined ? paths : [config.audit.journal],
      }
      ended(await printPolicy(question, output))
    })
}

/** Whether environment variables configure the gateway. */
const isConfigured = (env: Environment) =>
  Object.keys(env).some(name => name.startsWith('EWS_GATEWAY_'))

/** Adds a value of an option that can be repeated. */
const collect = (value: string, others: readonly string[] = []) => [...others, value]

function addAuditReport(report: Command, { env, output }: CommandContext, ended: Ended): void {
  withConnection(report)
    .description(
      'Print who read a mailbox, under which rules, what was denied, and what a tool did, from the files of the audit or the history',
    )
    .argument(
      '[paths...]',
      'Read these files, also compressed ones (.gz, .zst), and folders, not the journal of the configuration',
    )
    .option('--mailbox <address>', 'Report on this mailbox, by address or user ID')
    .option('--principal <principal>', 'Report on this principal, by ID or name')
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
      const loaded = () => load({ ...(config !== undefined && { config }) }, env)
      const { GROUP_BY, groupByOf } = await import('../audit-report.ts')
      const groupBy = list === undefined ? GROUP_BY : groupByOf(list)
      if (groupBy === undefined)
        return report.error(`error: --group-by must be properties of SummarizeDecisions: ${list}`)
      const question = { ...settings, denied, groupBy }
      if (!history) {
        const { reportAudit } = await import('../audit.ts')
        const read = paths.length > 0 ? paths : [(await loaded()).audit.journal]
        return ended(await reportAudit({ ...question, paths: read }, output))
      }
      const { reportHistory } = await import('../audit-history.ts')
      const used = config === undefined ? undefined : await loaded()
      ended(await reportHistory(question, settings, env, output, used))
    })
}

/** Returns the beginning of a day. @throws InvalidArgumentError */
function dayOf(text: string): number {
  const at = Date.parse(`${text}T00:00:00Z`)
  if (!Number.isNaN(at) && new Date(at).toISOString().startsWith(text)) return at
  throw new InvalidArgumentError('It must be a day, such as 2027-03-01.')
}
