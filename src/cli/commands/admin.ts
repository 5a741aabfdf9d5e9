/**
 * The commands for administrator keys, the epoch, the master key, and backups.
 *
 * @module
 */

import type { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import {
  type ConfigOptions,
  load,
  type OrganizationOptions,
  withConfig,
  withOrganization,
} from '../options.ts'

export function addAdmin(admin: Command, { env, output }: CommandContext): void {
  withOrganization(admin.command('create-key'))
    .description('Create an administrator with an access key, and print the key once')
    .option('--name <name>', 'Give the administrator this name', 'admin')
    .option('--may-impersonate', 'Also allow the administrator to assume every role')
    .action(async (options: OrganizationOptions & { name: string; mayImpersonate?: true }) => {
      const { createKey } = await import('../admin.ts')
      const { mayImpersonate = false } = options
      await createKey(await load(options, env), { ...options, mayImpersonate }, output)
    })
  withConfig(admin.command('new-epoch'))
    .description('Invalidate everything that was cached or signed before a store was restored')
    .action(async (options: ConfigOptions) => {
      const { newEpoch } = await import('../admin.ts')
      await newEpoch(await load(options, env), output)
    })
  withConfig(admin.command('rotate-master-key'))
    .description('Replace the master key masterKey.formerFile by masterKey.file')
    .action(async (options: ConfigOptions) => {
      const { rotateMasterKey } = await import('../rotate-master-key.ts')
      await rotateMasterKey(await load(options, env), output)
    })
}

export function addBackup(program: Command, { env, output }: CommandContext): void {
  withConfig(program.command('backup'))
    .description('Copy the store to a file, also while gateways run')
    .argument('<file>', 'New file, which only its owner can read')
    .option('--replace', 'Replace the file if it exists')
    .action(async (file: string, options: ConfigOptions & { replace?: true }) => {
      const { backUp } = await import('../backup.ts')
      await backUp(await load(options, env), { file, replaces: options.replace ?? false }, output)
    })
  withConfig(program.command('restore'))
    .description('Fill the store from a backup, and invalidate what was cached or signed before')
    .argument('<file>', 'File of ews-gateway backup')
    .option('--replace', 'Replace everything in the store if it is not empty')
    .action(async (file: string, options: ConfigOptions & { replace?: true }) => {
      const { restore } = await import('../backup.ts')
      await restore(await load(options, env), { file, replaces: options.replace ?? false }, output)
    })
}
