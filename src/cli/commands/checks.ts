/**
 * The commands that check a configuration, and what the gateway connects to.
 *
 * @module
 */

import type { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { type ConfigOptions, type Ended, load, withConfig } from '../options.ts'

type CheckSettings = {
  organization?: string
  as?: string
  conformance?: true
  mailbox?: string
  other?: string
  ungranted?: string
}

export function addChecks(program: Command, context: CommandContext, ended: Ended): void {
  const { env, output } = context
  withConfig(program.command('check-config'))
    .description('Print the effective configuration without secrets, or every error in it')
    .action(async (options: ConfigOptions) => {
      const { checkConfig } = await import('../check-config.ts')
      checkConfig(await load(options, env), output)
    })
  addCheckUpstream(program.command('check-upstream'), context, ended)
  withConfig(program.command('check-sign-in'))
    .description(
      'Check the directories and the issuers with which tools and people can sign in, and print how to fix problems',
    )
    .option('--token <file>', 'Check the token in this file')
    .action(async ({ token, ...options }: ConfigOptions & { token?: string }) => {
      const { runCheckSignIn } = await import('../check-sign-in.ts')
      const { readFileSync } = await import('node:fs')
      const text = token === undefined ? undefined : readFileSync(token, 'utf8').trim()
      ended(await runCheckSignIn(await load(options, env), text, output))
    })
}

function addCheckUpstream(check: Command, context: CommandContext, ended: Ended): void {
  const { env, output, signals } = context
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
        const { runConformance } = await import('../conformance/command.ts')
        const settings = { ...options, mailbox, other }
        return ended(await runConformance(await load(options, env), settings, output, signals))
      }
      if (conformance)
        check.error('error: --conformance needs --mailbox ADDRESS and --other ADDRESS')
      if (mailbox !== undefined || other !== undefined || ungranted !== undefined)
        check.error('error: --mailbox, --other, and --ungranted need --conformance')
      const { runCheckUpstream } = await import('../check-upstream.ts')
      ended(await runCheckUpstream(await load(options, env), options, output))
    })
}
