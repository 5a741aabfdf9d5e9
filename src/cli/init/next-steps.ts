/**
 * The text that says how to continue after `ews-gateway init`.
 *
 * @module
 */

import { relative } from 'node:path'
import { ewsUrlOf } from '../../config/ews-url.ts'
import type { Config, OrganizationConfig } from '../../config/schema.ts'
import { writeListenAddress } from '../../model/listen-address.ts'

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
          `Import the users that tools can impersonate (docs/users.md describes the file):\n   ${command('users', 'import', '--organization', alias, 'users.csv', '--config', file)}`,
        ]),
    `Start the gateway:\n   ${command('serve', '--config', file)}`,
    `Sign in to the console, create a role, and give it to a tool:\n   ${scheme}://${writeListenAddress(listen.control)}/console/`,
  ]
  const numbered = steps.map((step, index) => `${index + 1}. ${step}\n`).join('')
  return `\nNext:\n${numbered}Tools then use ${ewsUrlOf(config, listen.data.port)} as their EWS server.\n`
}

/** Returns a command as the user can type it, in a checkout too. */
export function command(...args: readonly string[]): string {
  const isScript = process.env['npm_lifecycle_event'] === 'ews-gateway'
  const quoted = args.map(arg =>
    /^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`,
  )
  return [isScript ? 'npm run ews-gateway --' : 'ews-gateway', ...quoted].join(' ')
}

/** Returns a path relative to the working folder, unless it is outside. */
export function shown(path: string): string {
  const inside = relative(process.cwd(), path)
  return inside.startsWith('..') ? path : inside
}
