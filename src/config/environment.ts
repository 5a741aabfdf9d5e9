/**
 * Reads configuration keys from the environment, such as `EWS_GATEWAY_LISTEN__DATA` for `listen.data`.
 *
 * @module
 */

import { isMapping, type KeyPath } from './keys.ts'
import type { Environment } from './secrets.ts'
import { readYamlScalar } from './yaml.ts'

const PREFIX = 'EWS_GATEWAY_'

/** Variables with the prefix that are not configuration keys. The command line reads them. */
const OTHERS: ReadonlySet<string> = new Set(['EWS_GATEWAY_SECRET_ACCESS_KEY'])

/** A value for one key, and its origin. */
export type Setting = Readonly<{ path: KeyPath; value: unknown; origin: string }>

/** Returns the name of the variable that overrides a key. */
export function variableOf(path: KeyPath): string {
  return PREFIX + path.map(step => String(step).replace(/[A-Z]/g, '_$&').toUpperCase()).join('__')
}

/**
 * Returns every setting of the environment. Entries of a list are in the order of their indexes.
 *
 * @param secrets - variables that a reference `{ env: … }` names. They are not keys
 */
export function environmentSettings(env: Environment, secrets: ReadonlySet<string>): Setting[] {
  return Object.entries(env)
    .filter(([name]) => name.startsWith(PREFIX) && !secrets.has(name) && !OTHERS.has(name))
    .sort(([one], [other]) => one.localeCompare(other, 'en', { numeric: true }))
    .map(([origin, text]) => ({
      path: readVariable(origin),
      value: readYamlScalar(text ?? ''),
      origin,
    }))
}

/** Returns the names of the variables to which references `{ env: … }` in a tree, or in the environment, refer. */
export function referencedVariables(tree: unknown, env: Environment): ReadonlySet<string> {
  const inEnvironment = Object.entries(env)
    .filter(([name]) => name.startsWith(PREFIX) && name.endsWith('__ENV'))
    .flatMap(([, value]) => value ?? [])
  return new Set([...references(tree), ...inEnvironment])
}

/**
 * Returns a tree with one more setting.
 *
 * @throws Error if the setting doesn't fit into the tree; the message says why
 */
export function withSetting(tree: unknown, path: KeyPath, value: unknown): unknown {
  const [step, ...rest] = path
  if (step === undefined) return value
  if (typeof step === 'string') {
    if (tree !== undefined && !isMapping(tree))
      throw new Error('sets a key below a value that is not a mapping of keys')
    const old = tree !== undefined && Object.hasOwn(tree, step) ? tree[step] : undefined
    return { ...tree, [step]: withSetting(old, rest, value) }
  }

  if (tree !== undefined && !Array.isArray(tree))
    throw new Error('sets an entry of a list, but the value is not a list')
  const list: readonly unknown[] = tree ?? []
  if (step > list.length)
    throw new Error(
      `skips an index: the list has ${list.length} entries, so the next index is ${list.length}`,
    )
  return list.toSpliced(step, 1, withSetting(list[step], rest, value))
}

const SEGMENT = /^(\d{1,6}|[A-Z][A-Z0-9]*(_[A-Z0-9]+)*)$/

/**
 * Returns the key that a variable sets. A malformed name results in a key that does not exist, so that it is
 * reported as unknown.
 */
function readVariable(name: string): KeyPath {
  const segments = name.slice(PREFIX.length).split('__')
  if (!segments.every(segment => SEGMENT.test(segment))) return [name]
  return segments.map(segment => (/^\d/.test(segment) ? Number(segment) : camelCase(segment)))
}

const camelCase = (segment: string) =>
  segment.toLowerCase().replace(/_([a-z0-9])/g, (_match, letter) => letter.toUpperCase())

function references(tree: unknown): string[] {
  if (Array.isArray(tree)) return tree.flatMap(references)
  if (!isMapping(tree)) return []
  return Object.entries(tree).flatMap(([key, value]) =>
    key === 'env' && typeof value === 'string' ? [value] : references(value),
  )
}
