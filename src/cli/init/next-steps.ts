/**
 * Text about the next steps after `ews-gateway init`.
 *
 * @module
 */

import { relative } from 'node:path'
import { ewsUrlOf } from '../../config/ews-url.ts'
import type { Config, OrganizationConfig } from '../../config/schema.ts'
import { writeListenAddress } from '../../model/listen-address.ts'
import { ownCommand, serveCommand } from '../own-command.ts'

/** Returns what an administrator does next, as text for a terminal. */
export function nextSteps(
  config: Config,
  { alias }: OrganizationConfig,
  file: string,
  hasUsers: boolean,
): string {
  const { listen, tls } = config
  const scheme = tls === undefined ? 'http' : 'https'
  const steps = [
    ...(hasUsers
      ? []
      : [
          `Import the users that tools can impersonate (docs/users.md describes the file):\n   ${ownCommand('users', 'import', '--organization', alias, 'users.csv', '--config', file)}`,
        ]),
    `Start the gateway:\n   ${serveCommand(file)}`,
    `Sign in to the console, create a role, and give it to a tool:\n   ${scheme}://${writeListenAddress(listen.control)}/console/`,
  ]
  const numbered = steps.map((step, index) => `${index + 1}. ${step}\n`).join('')
  const url = ewsUrlOf(config, listen.data.port)
  const tools =
    url === undefined
      ? `Set publicUrl in ${file} to the URL of the gateway for tools.`
      : `Tools then use ${url} as their EWS server.`
  return `\nNext:\n${numbered}${tools}\n`
}

/** Returns a path relative to the working folder, unless it is outside. */
export function displayPath(path: string): string {
  const inside = relative(process.cwd(), path)
  return inside.startsWith('..') ? path : inside
}
