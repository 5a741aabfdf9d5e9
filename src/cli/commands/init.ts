/**
 * The command that sets up a new gateway.
 *
 * @module
 */

import type { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import type { Ended } from '../options.ts'

type InitSettings = { folder: string; as?: string; users?: string } & Record<
  string,
  string | readonly string[]
>

export function addInit(init: Command, context: CommandContext, ended: Ended): void {
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
      const { runInit } = await import('../init.ts')
      const options = {
        folder,
        answers: byFlag(answers),
        ...(as !== undefined && { as }),
        ...(users !== undefined && { users }),
      }
      ended(await runInit(options, context, message => init.error(message)))
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
