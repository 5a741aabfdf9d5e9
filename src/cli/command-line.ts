/**
 * The command line: lists the commands, and runs the one that is called.
 *
 * Exit codes: 0 for success, 1 for failure with a line on stderr for each reason, 2 for wrong usage.
 * Each command is imported when it runs, so that short commands start quickly.
 *
 * @module
 */

import { Command } from 'commander'
import { addAdmin, addBackup } from './commands/admin.ts'
import { addApi } from './commands/api.ts'
import { addAudit } from './commands/audit.ts'
import { addChecks } from './commands/checks.ts'
import { addInit } from './commands/init.ts'
import { addRunning } from './commands/running.ts'
import { addDirectory, addUsers, addWorkMail } from './commands/users.ts'
import type { CommandContext } from './context.ts'
import { exitCodeOf } from './exit-code.ts'
import type { Ended } from './options.ts'

/** Runs the command that the arguments name. @returns the exit code */
export async function runCommandLine(
  args: readonly string[],
  context: CommandContext,
): Promise<number> {
  let code = 0
  const program = commands(context, ended => {
    code = ended
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    return exitCodeOf(error, context.output)
  }
}

function commands(context: CommandContext, ended: Ended): Command {
  const { print, warn } = context.output
  const program = new Command('ews-gateway')
    .description('Authorize Exchange Web Services impersonation')
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: text => warn(text.trimEnd()) })

  addInit(program.command('init'), context, ended)
  addRunning(program, context, ended)
  addChecks(program, context, ended)
  program
    .command('version')
    .description('Print the version')
    .action(async () => {
      const { printVersion } = await import('./version.ts')
      printVersion(context.output)
    })
  addUsers(program.command('users').description('Import and export users'), context)
  addDirectory(
    program.command('directory').description('Sync users and groups from a directory'),
    context,
  )
  addAdmin(
    program
      .command('admin')
      .description('Create an administrator key, start a new epoch, or rotate the master key'),
    context,
  )
  addBackup(program, context)
  addWorkMail(program.command('import-workmail'), context)
  addApi(program.command('api'), context)
  addAudit(program.command('audit'), context, ended)
  return program
}
