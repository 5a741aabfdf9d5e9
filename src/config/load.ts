/**
 * Loads the configuration from the file, the environment, and the command line. A later source overrides an earlier
 * one.
 *
 * @module
 */

import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import {
  environmentSettings,
  referencedVariables,
  type Setting,
  variableOf,
  withSetting,
} from './environment.ts'
import { isMapping, isWithin, type KeyPath, writePath } from './keys.ts'
import { type Config, type ConfigInput, configSchema } from './schema.ts'
import { type Environment, readReference, readText } from './secrets.ts'
import type { ConfigContext } from './values.ts'
import { readYaml } from './yaml.ts'

/** A configuration has mistakes. The message has a line for each, with the key and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.mistakes = mistakes
  }
}

/** Name of the configuration file in documents and after `ews-gateway init`. */
const CONFIG_FILE = 'gateway.yaml'

/** Sources of the configuration. */
export type Sources = Readonly<{
  /** YAML file. Without one, the configuration comes from the environment and the overrides. */
  file?: string
  env: Environment
  /** Base folder of relative paths if there is no file. */
  cwd: string
  /** Values from the command line. They override the environment, which overrides the file. */
  overrides?: Readonly<Partial<ConfigInput>>
}>

/**
 * Merges and checks the configuration of all sources, and reads its secrets.
 *
 * @throws ConfigError with every mistake
 */
export function loadConfig({ file, env, cwd, overrides = {} }: Sources): Config {
  const tree = file === undefined ? {} : readFile(resolve(cwd, file))
  const settings = [
    ...environmentSettings(env, referencedVariables(tree, env)),
    ...leaves(overrides).map(leaf => ({ ...leaf, origin: 'the command line' })),
  ]
  const { merged, mistakes } = merge(tree, settings)

  const folder = file === undefined ? cwd : dirname(resolve(cwd, file))
  const path = (relative: string) => resolve(folder, relative)
  currentContext = { path, read: reference => readReference(reference, env, path) }
  const { data, error } = schema().safeParse(merged)
  const isUnread = file === undefined && isMapping(merged) && merged['organizations'] === undefined
  if (isUnread) mistakes.push(unread(cwd))
  const issues = error?.issues.filter(({ path }) => !isUnread || path[0] !== 'organizations') ?? []
  mistakes.push(...issues.flatMap(issue => describe(issue, settings)))
  if (!data || mistakes.length > 0) throw new ConfigError(mistakes)
  return data
}

/** Context of the configuration that is being loaded. There is at most one, because loading is synchronous. */
let currentContext: ConfigContext
let kept: WeakRef<ReturnType<typeof configSchema>> | undefined

/**
 * Returns the schema. Caches it while memory allows, because building it takes ten times as long as validating a
 * configuration.
 */
function schema() {
  const found =
    kept?.deref() ??
    configSchema({
      path: relative => currentContext.path(relative),
      read: reference => currentContext.read(reference),
    })
  kept = new WeakRef(found)
  return found
}

/** Returns the mistake of a configuration without a file and without organizations in the environment. */
function unread(cwd: string): string {
  const file = existsSync(resolve(cwd, CONFIG_FILE)) ? CONFIG_FILE : 'FILE'
  const variable = variableOf(['organizations', 0, 'id'])
  return `No configuration file was read. Add --config ${file}, or set the configuration keys in environment variables such as ${variable}`
}

function readFile(file: string): Readonly<Record<string, unknown>> {
  const reading = readYaml(readConfigText(file))
  if (reading.mistakes) throw new ConfigError(reading.mistakes.map(it => `${file}: ${it}`))
  const tree = reading.value ?? {}
  if (!isMapping(tree)) throw new ConfigError([`${file}: must contain a mapping of keys`])
  return tree
}

function readConfigText(file: string): string {
  try {
    return readText(file)
  } catch (error) {
    throw new ConfigError([error instanceof Error ? error.message : String(error)])
  }
}

function merge(tree: unknown, settings: readonly Setting[]) {
  const mistakes: string[] = []
  let merged = tree
  for (const { path, value, origin } of settings) {
    try {
      merged = withSetting(merged, path, value)
    } catch (error) {
      mistakes.push(`${origin}: ${(error as Error).message}`)
    }
  }
  return { merged, mistakes }
}

/**
 * Returns the settings of a tree, one for each value. A list counts as one value, so an override replaces the whole
 * list.
 */
function leaves(tree: object, above: KeyPath = []): Omit<Setting, 'origin'>[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const path = [...above, key]
    if (value === undefined) return []
    return isMapping(value) ? leaves(value, path) : [{ path, value }]
  })
}

function describe(issue: z.core.$ZodIssue, settings: readonly Setting[]): string[] {
  const paths =
    issue.code === 'unrecognized_keys' ? issue.keys.map(key => [...issue.path, key]) : [issue.path]
  return paths.map(path => {
    const written = writePath(path)
    const origin = settings.findLast(setting => isWithin(writePath(setting.path), written))?.origin
    return `${written}${origin ? ` (set by ${origin})` : ''}: ${issue.message}`
  })
}
