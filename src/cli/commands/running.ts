/**
 * The commands that run until they are stopped: gateway, demo, and sandbox.
 *
 * @module
 */

import type { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import {
  type ConfigOptions,
  type Ended,
  listenOf,
  load,
  untilStopped,
  withListeners,
} from '../options.ts'
import type { SandboxSettings } from '../sandbox.ts'

export function addRunning(program: Command, context: CommandContext, ended: Ended): void {
  withListeners(untilStopped(program.command('serve'), context))
    .description('Run the gateway')
    .action(async (options: ConfigOptions) => {
      const config = await load(options, context.env)
      const { serve } = await import('../serve.ts')
      ended(await serve(config, options, context))
    })
  withListeners(untilStopped(program.command('demo'), context))
    .description('Run the gateway with a sandbox Exchange server and example roles')
    .option(
      '--credentials <file>',
      'Write URLs, users, and keys to this file as JSON when the gateway is ready',
    )
    .action(async (options: ConfigOptions & { credentials?: string }) => {
      const { runDemo } = await import('../demo.ts')
      ended(await runDemo(demoOptions(options), context))
    })
  addSandbox(untilStopped(program.command('sandbox'), context), context, ended)
}

function addSandbox(sandbox: Command, context: CommandContext, ended: Ended): void {
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
      const { runSandbox } = await import('../sandbox.ts')
      ended(await runSandbox(options, context.output, context.signals))
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
