/**
 * Mutants: every small mistake in the source files of some folders, in an order fixed by a seed.
 *
 * @module
 */

import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Change, changed, changesOf, parses } from './operators.ts'

/** One source file with one mistake. */
export type Mutant = Readonly<{
  file: string
  change: Change
  line: number
  /** Source line of the mistake, without indentation. */
  code: string
  /** The mistake in words: what is replaced by what. */
  mistake: string
}>

/**
 * Returns all mutants of some files.
 *
 * A mutant's place in the order depends on the seed, its file, and its line alone. So the mutants of
 * some files are among the first mutants of all files, and editing one file leaves the others' order.
 */
export function mutantsOf(root: string, files: readonly string[], seed: number): Mutant[] {
  return files
    .flatMap(file => mutantsOfFile(file, readFileSync(join(root, file), 'utf8')))
    .map(mutant => ({ mutant, rank: rankOf(mutant, seed) }))
    .sort((one, other) => (one.rank < other.rank ? -1 : 1))
    .map(({ mutant }) => mutant)
}

/** Returns the text of a mutant's file; undefined if it doesn't parse. */
export function textOf(root: string, { file, change }: Mutant): string | undefined {
  const text = changed(readFileSync(join(root, file), 'utf8'), change)
  return parses(text) ? text : undefined
}

/** Returns the source files below some folders of `src/`. */
export function filesIn(root: string, folders: readonly string[]): string[] {
  return folders.flatMap(folder => globSync(`src/${folder}/**/*.ts`, { cwd: root })).sort()
}

function mutantsOfFile(file: string, text: string): Mutant[] {
  return changesOf(text).map(change => {
    const lineStart = text.lastIndexOf('\n', change.start - 1) + 1
    const lineEnd = text.indexOf('\n', change.start)
    const replaced = text.slice(change.start, change.end).replaceAll(/\s+/g, ' ')
    return {
      file,
      change,
      line: text.slice(0, change.start).split('\n').length,
      code: text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd).trim(),
      mistake: `${shortened(replaced)} → ${change.by || 'nothing'}`,
    }
  })
}

const shortened = (text: string) => (text.length > 60 ? `${text.slice(0, 57)}…` : text)

function rankOf({ file, code, mistake }: Mutant, seed: number): string {
  return createHash('sha256').update([seed, file, code, mistake].join('\0')).digest('hex')
}
