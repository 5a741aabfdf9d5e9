/**
 * The commands that bring users and groups into the store.
 *
 * @module
 */

import type { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import type { WorkMailImport } from '../import-workmail.ts'
import { countOf, load, type OrganizationOptions, withOrganization } from '../options.ts'

type ImportFlags = {
  dryRun?: true
  deleteMissing?: true
  deleteAtMost?: number
  acceptRemovals?: true
}

type WorkMailOptions = Omit<WorkMailImport, 'dryRun'> & { config?: string; dryRun?: true }

export function addUsers(users: Command, { env, output }: CommandContext): void {
  withOrganization(users.command('import'))
    .description('Create and update the users of an organization from a CSV file')
    .argument('<file>', 'CSV file with a header, such as primarySmtpAddress,aliases,displayName')
    .option('--dry-run', 'Print the changes without writing them')
    .option('--delete-missing', 'Remove users who are not in the file')
    .option('--delete-at-most <count>', 'Remove at most this number of users', countOf)
    .option('--accept-removals', 'Import even if it removes more than 10% of the users')
    .action(async (file: string, options: OrganizationOptions & ImportFlags): Promise<void> => {
      const { importUsers } = await import('../users.ts')
      const { dryRun = false, deleteMissing = false } = options
      const settings = { ...options, file, dryRun, deleteMissing }
      await importUsers(await load(options, env), settings, output)
    })
  withOrganization(users.command('export'))
    .description('Print the users of an organization as CSV')
    .action(async (options: OrganizationOptions) => {
      const { exportUsers } = await import('../users.ts')
      await exportUsers(await load(options, env), options.organization, output)
    })
}

export function addDirectory(directory: Command, { env, output }: CommandContext): void {
  withOrganization(directory.command('sync'))
    .description('Sync the users and groups of an organization with its directory now')
    .option('--accept-removals', 'Sync even if it removes more than 10% of the users')
    .action(async (options: OrganizationOptions & { acceptRemovals?: true }): Promise<void> => {
      const { syncDirectory } = await import('../sync-directory.ts')
      const { organization, acceptRemovals = false } = options
      await syncDirectory(await load(options, env), { organization, acceptRemovals }, output)
    })
}

export function addWorkMail(command: Command, { env, output }: CommandContext): void {
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
      const { importWorkMail } = await import('../import-workmail.ts')
      const loaded = await load({ ...(config !== undefined && { config }) }, env)
      await importWorkMail(loaded, { ...settings, dryRun: dryRun ?? false }, env, output)
    })
}
