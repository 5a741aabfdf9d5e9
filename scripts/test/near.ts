/**
 * Test files near a source file.
 *
 * @module
 */

import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path/posix'

/** Files that a large test loads at least. It starts a gateway. */
const LARGE = 100

/** Tests that have rows of files in all folders. */
const KINDS = ['test/near-misses.test.ts', 'test/caches.test.ts']

/** Test file that loads a source file. */
export type NearTest = Readonly<{ test: string; isLarge: boolean }>

/** Finds test files by what they import. */
export class NearTests {
  readonly #root: string
  readonly #imports = new Map<string, readonly string[]>()
  /** By test file: how many imports away each file is. */
  readonly #distances: ReadonlyMap<string, ReadonlyMap<string, number>>

  /**
   * @param root - absolute path of the checkout
   * @param folders - folders below `test/` whose tests count
   */
  constructor(root: string, folders: readonly string[]) {
    this.#root = root
    const patterns = folders.map(folder => `test/${folder}/**/*.test.ts`)
    const tests = [...patterns, ...KINDS].flatMap(pattern => globSync(pattern, { cwd: root }))
    this.#distances = new Map(tests.map(test => [test, this.#distancesFrom(test)]))
  }

  /**
   * Returns the test files that load a source file, the nearest first.
   *
   * The test of the same path is the nearest. Then a test that loads fewer hundreds of files is nearer,
   * then one in the folder of the same name, then one with fewer imports between them, less the words
   * that the two names share. Tests that have rows of files in all folders come last.
   */
  of(file: string): NearTest[] {
    const words = wordsOf(file)
    const distance = (test: string): readonly number[] => {
      const files = this.#distances.get(test)
      const isOwn = test === `test/${file.replace(/^src\//, '').replace('.ts', '.test.ts')}`
      const isElsewhere = folderOf(test) !== folderOf(file)
      const shared = wordsOf(test).filter(word => words.includes(word)).length
      return [
        isOwn ? 0 : 1,
        Math.floor(this.#size(test) / LARGE),
        isElsewhere ? 1 : 0,
        (files?.get(file) ?? 0) - shared,
      ]
    }
    const loading = [...this.#distances.keys()].filter(test => this.#distances.get(test)?.has(file))
    const nearest = loading
      .filter(test => !KINDS.includes(test))
      .map(test => ({ test, distance: distance(test) }))
      .sort((one, other) => compare(one.distance, other.distance))
      .map(({ test }) => test)
    return [...nearest, ...loading.filter(test => KINDS.includes(test))].map(test => ({
      test,
      isLarge: this.#size(test) >= LARGE,
    }))
  }

  /** Returns the test files whose text has the name of a file, such as a page or a fixture. */
  naming(file: string): NearTest[] {
    const name = basename(file)
    return [...this.#distances.keys()]
      .filter(test => readFileSync(join(this.#root, test), 'utf8').includes(name))
      .map(test => ({ test, isLarge: this.#size(test) >= LARGE }))
  }

  /** Number of files that a test loads. */
  #size(test: string): number {
    return this.#distances.get(test)?.size ?? 0
  }

  #distancesFrom(test: string): ReadonlyMap<string, number> {
    const distances = new Map([[test, 0]])
    // Grows while it is read: a Map yields what is added to it.
    for (const [file, distance] of distances)
      for (const imported of this.#importsOf(file))
        if (!distances.has(imported)) distances.set(imported, distance + 1)
    return distances
  }

  #importsOf(file: string): readonly string[] {
    const known = this.#imports.get(file)
    if (known) return known
    const text = readFileSync(join(this.#root, file), 'utf8')
    const statements = text.matchAll(
      /(?<!import type [^'"]*)(?:from |import\(|import )'(\.[^']*\.ts)'/g,
    )
    // A test can have such a text in a string.
    const imports = [...statements]
      .map(([, path = '']) => join(dirname(file), path))
      .filter(path => existsSync(join(this.#root, path)))
    this.#imports.set(file, imports)
    return imports
  }
}

/** Returns the folder below `src/`, `scripts/`, or `test/`, or `sandbox`. */
const folderOf = (file: string) => file.split('/')[file.startsWith('sandbox/') ? 0 : 1]
const wordsOf = (file: string) => basename(file).split('.')[0]?.split('-') ?? []

function compare(one: readonly number[], other: readonly number[]): number {
  const at = one.findIndex((value, index) => value !== other[index])
  return at < 0 ? 0 : (one[at] ?? 0) - (other[at] ?? 0)
}
