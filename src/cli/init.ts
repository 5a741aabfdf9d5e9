/**
 * `ews-gateway init`: sets up a gateway for a server, from questions to the first administrator.
 *
 * It writes the configuration, checks the server as `check-upstream` does, and creates an administrator only if the
 * check succeeds. If something fails, the files are kept, and another `init` continues from them.
 *
 * @module
 */

import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { openStore } from '../app/compose.ts'
import { FIRST_FILES, writeFirstConfig } from '../config/first-config.ts'
import type { Config, OrganizationConfig } from '../config/schema.ts'
import { organizationId } from '../model/identity.ts'
import { createKey } from './admin.ts'
import { runCheckUpstream } from './check-upstream.ts'
import type { CommandContext } from './context.ts'
import { type AnswerOptions, answersFrom, askFor, completeAnswers } from './init/answers.ts'
import {
  configFileIn,
  existingIn,
  type FirstFile,
  InitError,
  writeAll,
} from './init/first-files.ts'
import { displayPath, nextSteps } from './init/next-steps.ts'
import type { Answers } from './init/questions.ts'
import { LOOPBACK, makeSelfSigned } from './init/self-signed.ts'
import { InputEnded, Interrupted, isTerminal } from './init/terminal.ts'
import { load } from './options.ts'
import { ownCommand } from './own-command.ts'
import { checkUsersFile, importUsers, type Output } from './users.ts'

const DAY_MS = 86_400_000

/** Validity of the self-signed certificate. */
const CERTIFICATE_DAYS = 60

/** Exit code of a process that was ended by Ctrl-C. */
const INTERRUPTED = 130

/** Options of the command line. */
export type InitOptions = Readonly<{
  folder: string
  /** Address of the user that the check impersonates. */
  as?: string
  /** CSV file of users to import. */
  users?: string
  answers: AnswerOptions
}>

type InitContext = Pick<CommandContext, 'env' | 'output'>

/**
 * @param usage - reports wrong usage, and throws
 * @returns the exit code
 * @throws InitError if files are in the way or cannot be written
 * @throws UsersError if the file of users cannot be read or has invalid lines
 */
export async function runInit(
  options: InitOptions,
  context: InitContext,
  usage: (message: string) => never,
): Promise<number> {
  const { output } = context
  const folder = resolve(options.folder)
  const own = ownPasswordFile(folder, options)
  const existing = existingIn(folder).filter(path => path !== own)
  const isBegun = existing.includes(configFileIn(folder))
  if (isBegun && Object.keys(options.answers).length === 0) {
    output.print(`Continuing with ${displayPath(configFileIn(folder))}, which exists.\n\n`)
    return await finish(folder, options, context)
  }
  if (existing.length > 0) throw inTheWay(existing, isBegun)
  if (options.users !== undefined) await checkUsersFile(options.users)
  try {
    begin(folder, await answersOf(options, usage), own, output)
  } catch (error) {
    if (error instanceof Interrupted) return INTERRUPTED
    if (error instanceof InputEnded)
      throw new InitError('The input ended before the last question. Nothing was written')
    throw error
  }
  return await finish(folder, options, context)
}

function inTheWay(existing: readonly string[], isBegun: boolean): InitError {
  const files = existing.map(displayPath).join(', ')
  const advice = isBegun
    ? 'To continue with these files, run init with --folder, --as, and --users only. To begin again, move them away'
    : 'Move them away, or choose another folder with --folder'
  return new InitError(
    `These files exist, and init overwrites none: ${files}. Nothing was written. ${advice}`,
  )
}

async function answersOf({ answers }: InitOptions, usage: (message: string) => never) {
  const { given, problems } = answersFrom(answers)
  if (isTerminal() && problems.length === 0) return await askFor(given)
  const complete = completeAnswers(given)
  const missing = 'url' in complete ? [] : complete.filter(flag => !(flag in answers))
  const lines = [
    ...problems,
    ...(missing.length > 0
      ? [`missing ${missing.join(', ')}: without a terminal, init cannot ask`]
      : []),
  ]
  return 'url' in complete && lines.length === 0
    ? complete
    : usage(lines.map(line => `error: ${line}`).join('\n'))
}

/**
 * Returns the path of the password file, if the option names the path that the configuration uses; otherwise
 * undefined.
 */
function ownPasswordFile(folder: string, { answers }: InitOptions): string | undefined {
  const path = join(folder, FIRST_FILES.password)
  const given = answers['--password-file']
  return given !== undefined && resolve(`${given}`) === path ? path : undefined
}

/** Writes the files, the configuration last. @param own - path of the password file, if it already exists */
function begin(folder: string, answers: Answers, own: string | undefined, { print }: Output): void {
  const { certificate, privateKey } = certificateFor([hostname()])
  const text = writeFirstConfig({
    ...answers,
    organizationId: `m-${randomBytes(16).toString('hex')}`,
  })
  const file = (name: string, content: string, mode: number): FirstFile => ({
    path: join(folder, name),
    content,
    mode,
  })
  const files = [
    file(FIRST_FILES.password, answers.password, 0o600),
    file(FIRST_FILES.certificate, certificate, 0o644),
    file(FIRST_FILES.privateKey, privateKey, 0o600),
    { path: configFileIn(folder), content: text, mode: 0o644 },
  ].filter(({ path }) => path !== own)
  writeAll(folder, files)
  const names = files.map(({ path }) => `  ${displayPath(path)}\n`).join('')
  print(
    `Wrote:\n${names}The EWS server is ${answers.url}. The gateway's own certificate, ${FIRST_FILES.certificate}, is self-signed and valid for ${CERTIFICATE_DAYS} days: replace it before others use the gateway.\n\n`,
  )
}

function certificateFor(hosts: readonly string[]) {
  const now = Date.now()
  const dnsNames = new Set(['localhost', ...hosts.filter(host => /^[\w.-]+$/.test(host))])
  return makeSelfSigned({
    dnsNames: [...dnsNames],
    addresses: LOOPBACK,
    from: new Date(now),
    until: new Date(now + CERTIFICATE_DAYS * DAY_MS),
  })
}

/** Checks the server, and creates the administrator. */
async function finish(
  folder: string,
  options: InitOptions,
  { env, output }: InitContext,
): Promise<number> {
  const { print, warn } = output
  const file = configFileIn(folder)
  const config = await load({ config: file }, env)
  const [organization, ...others] = config.organizations
  if (organization === undefined || others.length > 0)
    throw new InitError(
      `${displayPath(file)} has several organizations, and init sets up one. Run for each\n  ${createKeyCommand('ALIAS', file)}`,
    )
  const { as, users } = options
  const code = await runCheckUpstream(config, as === undefined ? {} : { as }, output)
  if (code !== 0) {
    warn(
      `The gateway cannot use the server yet, so no administrator was created. The files are kept. Correct ${displayPath(file)}` +
        ` or ${displayPath(join(folder, FIRST_FILES.password))}, and check again with\n  ${againCommand(folder, options)}`,
    )
    return code
  }
  await requireNoAdministrator(config, organization, options, output)
  print('\n')
  const { alias } = organization
  if (users !== undefined)
    await importUsers(
      config,
      { organization: alias, file: users, dryRun: false, deleteMissing: false },
      output,
    )
  print('Created the first administrator. Save the secret now, because it cannot be shown again:\n')
  await createKey(config, { organization: alias, name: 'admin', mayImpersonate: false }, output)
  print(nextSteps(config, organization, displayPath(file), users !== undefined))
  return 0
}

/** Returns the command that continues, with the options that the files don't contain. */
const againCommand = (folder: string, { as, users }: InitOptions) =>
  ownCommand(
    ...['init', '--folder', displayPath(folder) || '.'],
    ...(as === undefined ? [] : ['--as', as]),
    ...(users === undefined ? [] : ['--users', users]),
  )

const importCommand = (alias: string, users: string, file: string) =>
  ownCommand('users', 'import', '--organization', alias, users, '--config', displayPath(file))

const createKeyCommand = (alias: string, file: string) =>
  ownCommand(
    ...['admin', 'create-key', '--organization', alias],
    ...['--name', 'NAME', '--config', displayPath(file)],
  )

/** @throws InitError if the organization has principals already */
async function requireNoAdministrator(
  config: Config,
  { id, alias }: OrganizationConfig,
  { folder, users }: InitOptions,
  { warn }: Output,
): Promise<void> {
  const { store } = await openStore(config, warn)
  try {
    const principals = await store.principals(organizationId(id))
    if (principals.length === 0) return
  } finally {
    await store.close()
  }
  const file = configFileIn(resolve(folder))
  const ignored =
    users === undefined
      ? ''
      : `\nNo users were imported. To import them, run\n  ${importCommand(alias, users, file)}`
  throw new InitError(
    `The organization ${alias} is set up and has an administrator. For another one, run\n  ${createKeyCommand(alias, file)}${ignored}`,
  )
}
