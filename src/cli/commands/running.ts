/**
 * The commands that run until they are stopped: gateway, demo, and sandbox.
 *
 * @module
 */

import type { Command } from 'commander'
import {
  type ConfigOptions,
  type Ended,
  listenOf,
  load,
  untilStopped,
  withListeners,
} from '../options.ts'
import { output } from '../output.ts'
import type { SandboxSettings } from '../sandbox.ts'

export function addRunning(program: Command, ended: Ended): void {
  withListeners(untilStopped(program.command('serve')))
    .description('Run the gateway')
    .action(async (options: ConfigOptions) => {
      const config = await load(options)
      const { serve } = await import('../serve.ts')
      ended(await serve(config, options))
    })
  withListeners(untilStopped(program.command('demo')))
    .description('Run the gateway with a sandbox Exchange server and example roles')
    .option(
      '--credentials <file>',
      'Write URLs, users, and keys to this file as JSON when the gateway is ready',
    )
    .action(async (options: ConfigOptions & { credentials?: string }) => {
      const { runDemo } = await import('../demo.ts')
      ended(await runDemo(demoOptions(options)))
    })
  addSandbox(untilStopped(program.command('sandbox')), ended)
}

function addSandbox(sandbox: Command, ended: Ended): void {
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
      ended(await runSandbox(options, output))
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
