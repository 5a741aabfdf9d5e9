/**
 * Writes `ews-gateway` commands as the user types them. In a checkout, these are npm scripts.
 *
 * @module
 */

import { shellWord } from './sample-request.ts'

const isInCheckout = () => process.env['npm_lifecycle_event'] === 'ews-gateway'

/** Returns a command with its arguments. */
export const ownCommand = (...args: readonly string[]): string =>
  [isInCheckout() ? 'npm run ews-gateway --' : 'ews-gateway', ...args.map(shellWord)].join(' ')

/** Returns the command that runs the gateway of a configuration. In a checkout, it builds the console too. */
export const serveCommand = (file: string): string =>
  isInCheckout()
    ? `npm start -- --config ${shellWord(file)}`
    : ownCommand('serve', '--config', file)
