/**
 * `ews-gateway sandbox`: runs an in-memory Exchange server, to try the gateway without a server.
 *
 * @module
 */

import { MAILBOXES, SERVICE } from '../../sandbox/people.ts'
import { Sandbox, type SandboxOptions } from '../../sandbox/sandbox.ts'
import { type SignalSource, stopSignalsOf } from '../app/stop-signals.ts'
import { isLoopback, readListenAddress } from '../config/network.ts'
import { readReference, readText } from '../config/secrets.ts'
import { makeSecret } from '../credentials/secret-text.ts'
import { addressError } from '../http/listen-error.ts'
import { foldName, isAddress } from '../model/identity.ts'
import type { ListenAddress } from '../model/listen-address.ts'
import type { ServerKind } from '../model/server-kind.ts'
import { readReport } from './conformance/report.ts'
import { introduceSandbox } from './sandbox-guide.ts'
import type { Output } from './users.ts'

/** The sandbox cannot start. The message names the option to change. */
export class SandboxError extends Error {
  override readonly name = 'SandboxError'
}

const EXAMPLE_LISTEN = '127.0.0.1:8090'

/** Options of the command line, as the user wrote them. */
export type SandboxSettings = Readonly<{
  listen: string
  user: string
  passwordFile?: string
  like: string
}>

/**
 * Runs until SIGTERM or SIGINT.
 *
 * @returns the exit code
 * @throws SandboxError or ListenError if it cannot start
 */
export async function runSandbox(
  settings: SandboxSettings,
  { print, warn }: Output,
  signals: SignalSource,
): Promise<number> {
  const stopping = stopSignalsOf(signals)
  const { user: username, passwordFile } = settings
  const address = addressOf(settings.listen)
  const serviceAddress = serviceAddressOf(username)
  const { kind, behavior } = modeOf(settings.like)
  const password = passwordFile === undefined ? makeSecret().reveal() : passwordIn(passwordFile)

  const sandbox = await start(
    { username, password, serviceAddress, users: MAILBOXES, keepSeen: 0, ...behavior },
    address,
  )
  try {
    if (!isLoopback(address.host))
      warn(`Other machines can reach the sandbox at ${settings.listen}, without TLS`)
    const account = { url: sandbox.url, username, serviceAddress, kind }
    const secret = passwordFile === undefined ? { password } : { passwordFile }
    print(introduceSandbox({ ...account, ...secret, like: settings.like }))
    await stopping.first
  } finally {
    stopping.hold(0)
    await sandbox.close()
  }
  return 0
}

async function start(options: SandboxOptions, address: ListenAddress): Promise<Sandbox> {
  return await Sandbox.start(options, address).catch(error => {
    throw 'syscall' in error ? addressError('--listen', address, error) : error
  })
}

function addressOf(listen: string): ListenAddress {
  const address = readListenAddress(listen)
  if (address === undefined)
    throw new SandboxError(`--listen must be HOST:PORT, such as ${EXAMPLE_LISTEN}, not ${listen}`)
  return address
}

/** Returns the address of the account: its user name, if that is an address. */
function serviceAddressOf(username: string): string {
  // The colon is rejected because it ends the user name in Basic credentials (RFC 7617).
  if (username === '' || /[\p{Cc}:]/u.test(username))
    throw new SandboxError('--user must be a name without colons or control characters')
  if (!isAddress(username)) return SERVICE
  const isTaken = MAILBOXES.some(({ primarySmtpAddress, aliases }) =>
    [primarySmtpAddress, ...aliases].some(name => foldName(name) === foldName(username)),
  )
  if (isTaken)
    throw new SandboxError(
      `--user cannot be ${username}, because that mailbox is one of the sandbox. Choose another name, such as ${SERVICE}`,
    )
  return username
}

function passwordIn(file: string): string {
  try {
    return readReference({ file }, {}, path => path)
  } catch (error) {
    throw new SandboxError(`--password-file: ${messageOf(error)}`, { cause: error })
  }
}

type Mode = Readonly<{ kind: ServerKind; behavior: Pick<SandboxOptions, 'gromox' | 'report'> }>

/** @param like - a mode of the sandbox, or the path of a report about a server to imitate */
function modeOf(like: string): Mode {
  if (like === 'exchange') return { kind: 'exchange', behavior: {} }
  if (like === 'grommunio') return { kind: 'grommunio', behavior: { gromox: true } }
  const report = readReport(reportText(like))
  if (report === undefined)
    throw new SandboxError(
      `--like: the file ${like} is not a report of check-upstream --conformance`,
    )
  return { kind: report.kind, behavior: { report } }
}

function reportText(file: string): string {
  try {
    return readText(file)
  } catch (error) {
    throw new SandboxError(
      `--like must be exchange, grommunio, or a report of check-upstream --conformance: ${messageOf(error)}`,
      { cause: error },
    )
  }
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error))
