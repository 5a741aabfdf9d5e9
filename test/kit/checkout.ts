/**
 * This checkout, for the tests of what is made of it: its files, and its commands run elsewhere.
 */

import { execFile, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import type { Test } from 'tap'

export const ROOT = join(import.meta.dirname, '../..')

/** The Node.js that the project pins, whichever runs the tests. */
export const NODE = realpathSync(join(ROOT, 'node_modules/node/bin/node'))

export const textOf = (file: string) => readFileSync(join(ROOT, file), 'utf8')

/** Fields of package.json that tests need. */
export const PACKAGE = JSON.parse(textOf('package.json')) as {
  version: string
  bin: Record<string, string>
  scripts: Record<string, string>
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  engines: Readonly<{ node: string }>
}

/** Whether .gitignore has a path, counted from the top of the checkout, or its ending. */
export function isIgnored(path: string): boolean {
  return IGNORED.some(line => {
    if (line.startsWith('*')) return path.endsWith(line.slice(1))
    return line.replace(/^\/|\/$/g, '') === path
  })
}

const IGNORED = textOf('.gitignore').trimEnd().split('\n')

/** Every file that belongs to the project: all but what .gitignore names. */
export function projectFiles(): string[] {
  const walk = (folder: string): string[] =>
    readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap(entry => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`
      if (path === '.git' || isIgnored(path)) return []
      return entry.isDirectory() ? walk(path) : [path]
    })
  return walk('').sort()
}

/** A folder outside of the checkout, so that nothing is found in the checkout by accident. */
export function temporaryFolder(t: Test): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'ews-gateway-test-')))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Copies files and folders of the checkout. */
export function copyInto(folder: string, names: readonly string[]): void {
  for (const name of names) cpSync(join(ROOT, name), join(folder, name), { recursive: true })
}

/** tap adds its own loader to every process that a test starts, under which tsc does not run. */
const UNTAPPED = ['-u', 'NODE_OPTIONS']

/** Maximum size of the output of a command, in bytes. */
const MAX_OUTPUT = 2 ** 26

export type Run = Readonly<{ code: number; out: string; err: string }>

type Place = Readonly<{ cwd: string; env?: Readonly<Record<string, string>> }>

/** Runs a command to its end. @param tell - called with its standard output, while it runs */
export function run(
  command: string,
  args: readonly string[],
  { tell, ...place }: Place & Readonly<{ tell?: (text: string) => void }>,
): Promise<Run> {
  return new Promise(resolve => {
    const options = { ...optionsOf(place), maxBuffer: MAX_OUTPUT }
    const child = execFile('env', [...UNTAPPED, command, ...args], options, (error, out, err) => {
      resolve({ code: error ? Number(error.code ?? 1) : 0, out, err })
    })
    if (tell) child.stdout?.on('data', tell)
  })
}

/** A command that runs until it is stopped. */
export type Running = Readonly<{
  /** Everything written so far, to both outputs. */
  written: () => string
  /** Asks it to end. @returns its exit code */
  stop: () => Promise<number | null>
}>

/**
 * Starts a command and waits until it prints some words.
 *
 * @throws Error with its output, if it ends before
 */
export async function start(
  t: Test,
  command: readonly string[],
  place: Place & Readonly<{ until: string }>,
): Promise<Running> {
  const child = spawn('env', [...UNTAPPED, ...command], {
    ...optionsOf(place),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => child.kill('SIGKILL'))
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  let written = ''
  const ready = new Promise<void>(resolve => {
    for (const output of [child.stdout, child.stderr])
      output.on('data', chunk => {
        written += chunk
        if (written.includes(place.until)) resolve()
      })
  })
  const failed = ended.then(code => {
    throw new Error(`${command.join(' ')} ended with ${code}:\n${written}`)
  })
  await Promise.race([ready, failed])
  failed.catch(() => undefined)
  return {
    written: () => written,
    stop: () => {
      child.kill('SIGTERM')
      return ended
    },
  }
}

/** This environment under the pinned Node.js, without what npm tells the scripts that it runs. */
function optionsOf({ cwd, env = {} }: Place) {
  const path = [dirname(NODE), process.env['PATH']].join(delimiter)
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(npm_(package|lifecycle|config_local_prefix)|EWS_GATEWAY_|NODE_(?!COMPILE_CACHE|EXTRA_CA_CERTS)|TAP)/.test(
        name,
      ),
  )
  return { cwd, env: { ...Object.fromEntries(inherited), PATH: path, ...env } }
}
