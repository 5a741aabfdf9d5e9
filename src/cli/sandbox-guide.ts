/**
 * Text that `ews-gateway sandbox` prints: its account, and commands that set up a gateway in front of it.
 *
 * @module
 */

import { NEUTRAL, PEOPLE } from '../../sandbox/people.ts'
import { formatUsers } from '../directory/csv.ts'
import type { ServerKind } from '../model/server-kind.ts'
import { ownCommand, serveCommand } from './own-command.ts'
import { curlCommand, FIND, shellWord } from './sample-request.ts'

const [FIRST] = PEOPLE.map(({ primarySmtpAddress }) => primarySmtpAddress)

/** Names of files that the commands create. `init` and the documentation use the same names. */
const PASSWORD_FILE = 'upstream.password'
const USERS_FILE = 'users.csv'

/** Account of the sandbox, and the mode in which it runs. */
export type SandboxAccount = Readonly<{
  url: string
  username: string
  serviceAddress: string
  kind: ServerKind
  like: string
}> &
  (Readonly<{ password: string }> | Readonly<{ passwordFile: string }>)

/** Returns the text. It does not contain a password that was read from a file. */
export function introduceSandbox(account: SandboxAccount): string {
  const { url, username, like } = account
  const isFile = 'passwordFile' in account
  const passwordFile = isFile ? account.passwordFile : PASSWORD_FILE
  const credentials = isFile
    ? `${shellWord(username)}:"$(cat ${shellWord(passwordFile)})"`
    : shellWord(`${username}:${account.password}`)
  const curl = curlCommand({ url, credentials, address: `${FIRST}`, operation: FIND })
  return `The sandbox Exchange server is ready. Press Ctrl-C to stop it and delete its mail.

  EWS         ${url}
  user name   ${username}
  password    ${isFile ? `in ${passwordFile}` : account.password}
  behaves as  ${like}
  mailboxes   ${PEOPLE.map(({ primarySmtpAddress }) => primarySmtpAddress).join(', ')}
              ${NEUTRAL} (empty, for requests that touch no mailbox)

1. Find mail in an inbox, without a gateway:

${curl}

2. Set up a gateway for it, in another terminal:

${[...(isFile ? [] : [passwordCommand(account.password)]), usersCommand(), initCommand(account, passwordFile)].join('\n')}

3. Start the gateway:

${serveCommand('gateway.yaml')}

`
}

/**
 * Returns a command that writes a file for its owner only. `printf` is built into the shell, so other users do not
 * see its arguments in a process list.
 */
const passwordCommand = (password: string) =>
  `(umask 077 && printf '%s' ${shellWord(password)} > ${PASSWORD_FILE})`

function usersCommand(): string {
  return `cat > ${USERS_FILE} <<'END'\n${formatUsers(PEOPLE).replaceAll('\r\n', '\n')}END`
}

function initCommand({ url, kind, username, serviceAddress }: SandboxAccount, file: string) {
  const options = {
    url,
    kind,
    username,
    'password-file': file,
    'service-address': serviceAddress,
    'neutral-mailbox': NEUTRAL,
    organization: 'example',
    as: `${FIRST}`,
    users: USERS_FILE,
  }
  const flags = Object.entries(options).map(([name, value]) => `--${name} ${shellWord(value)}`)
  return [ownCommand('init'), ...flags].join(' \\\n  ')
}
