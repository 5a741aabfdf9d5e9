/**
 * The command that calls the control API.
 *
 * @module
 */

import type { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { type ConnectionOptions, load, withConnection } from '../options.ts'

type ApiOptions = ConnectionOptions & { file?: string; query?: string }

export function addApi(api: Command, { env, output }: CommandContext): void {
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
      const { callApi } = await import('../api.ts')
      const call = { operation, ...settings, ...(json !== undefined && { json }) }
      const loaded = config === undefined ? undefined : await load({ config }, env)
      await callApi(call, env, output, loaded)
    })
}
