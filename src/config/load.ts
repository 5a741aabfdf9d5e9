/**
 * Loading the configuration: file, then environment, then command line.
 *
 * @module
 */

import { dirname, resolve } from 'node:path'
import type { z } from 'zod'
import {
  environmentSettings,
  referencedVariables,
  type Setting,
  withSetting,
} from './environment.ts'
import { isMapping, isWithin, type KeyPath, writePath } from './keys.ts'
import { type Config, type ConfigInput, configSchema } from './schema.ts'
import { type Environment, readReference, readText } from './secrets.ts'
import type { Surroundings } from './values.ts'
import { readYaml } from './yaml.ts'

/** All that is wrong with a configuration, each with the key and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError'
  readonly mistakes: readonly string[]

  constructor(mistakes: readonly string[]) {
    super(mistakes.join('\n'))
    this.mistakes = mistakes
  }
}

export type Sources = Readonly<{
  /** A YAML file; without one, all comes from the environment and the overrides. */
  file?: string
  env: Environment
  /** Where relative paths count from when there is no file. */
  cwd: string
  /** What the command line says. It wins over the environment, which wins over the file. */
  overrides?: Readonly<Partial<ConfigInput>>
}>

/**
 * The configuration that all sources together make, checked, with every secret read.
 *
 * @throws ConfigError with every mistake that there is
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
  surroundings = { path, read: reference => readReference(reference, env, path) }
  const { data, error } = schema().safeParse(merged)
  if (error) mistakes.push(...error.issues.flatMap(issue => describe(issue, settings)))
  if (!data || mistakes.length > 0) throw new ConfigError(mistakes)
  return data
}

/** Place of the configuration that is being loaded: one at a time, because loading never waits. */
let surroundings: Surroundings
let kept: WeakRef<ReturnType<typeof configSchema>> | undefined

/** Returns the schema. It is kept while memory allows, because to build it takes ten times as long as a check. */
function schema() {
  const found =
    kept?.deref() ??
    configSchema({
      path: relative => surroundings.path(relative),
      read: reference => surroundings.read(reference),
    })
  kept = new WeakRef(found)
  return found
}

function readFile(file: string): Readonly<Record<string, unknown>> {
  const reading = readYaml(readOrRefuse(file))
  if (reading.mistakes) throw new ConfigError(reading.mistakes.map(it => `${file}: ${it}`))
  const tree = reading.value ?? {}
  if (!isMapping(tree)) throw new ConfigError([`${file}: must hold a mapping of keys`])
  return tree
}

function readOrRefuse(file: string): string {
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

/** The single values in a tree. Lists are values: an override replaces them whole. */
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
