#!/usr/bin/env -S node --expose-gc --no-flush-bytecode --no-maglev --no-parallel-scavenge --heap-growing-percent=150 --max-semi-space-size=4
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
import { Command } from 'commander'
import { addAdmin, addBackup } from './cli/commands/admin.ts'
import { addApi } from './cli/commands/api.ts'
import { addAudit } from './cli/commands/audit.ts'
import { addChecks } from './cli/commands/checks.ts'
import { addInit } from './cli/commands/init.ts'
import { addRunning } from './cli/commands/running.ts'
import { addDirectory, addUsers, addWorkMail } from './cli/commands/users.ts'
import { exitCodeOf } from './cli/exit-code.ts'
import type { Ended } from './cli/options.ts'
import { output } from './cli/output.ts'

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

function commands(ended: Ended): Command {
  const program = new Command('ews-gateway')
    .description('Authorize Exchange Web Services impersonation')
    .exitOverride()

  addInit(program.command('init'), ended)
  addRunning(program, ended)
  addChecks(program, ended)
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

process.exitCode = await run(process.argv)
