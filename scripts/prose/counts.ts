/**
 * Counts the breaches of each rule in each folder, and compares the counts with those checked in.
 *
 * @module
 */

import type { Breach } from './rules.ts'

/** Breaches by folder and name of the rule. Folders and rules without one are absent. */
export type Counts = Readonly<Record<string, Readonly<Record<string, number>>>>

/** Returns the counts, sorted by folder and rule. */
export function countsOf(breaches: readonly Breach[]): Counts {
  const folders = Object.entries(Object.groupBy(breaches, ({ file }) => folderOf(file)))
  return Object.fromEntries(
    folders.sort().map(([folder, inFolder = []]) => {
      const rules = Object.entries(Object.groupBy(inFolder, ({ rule }) => rule.name))
      return [folder, Object.fromEntries(rules.sort().map(([name, of = []]) => [name, of.length]))]
    }),
  )
}

/** Returns the first two folders of a path, or `.` for a file at the root. */
function folderOf(file: string): string {
  const folders = file.split('/').slice(0, -1)
  return folders.slice(0, 2).join('/') || '.'
}

/**
 * Returns the lines that explain how the counts differ. None if they are equal.
 *
 * A count that rises is explained by every place of that rule in that folder.
 */
export function differences(known: Counts, breaches: readonly Breach[]): string[] {
  const counts = countsOf(breaches)
  return Object.keys({ ...known, ...counts }).flatMap(folder => {
    const [before = {}, after = {}] = [known[folder], counts[folder]]
    return Object.keys({ ...before, ...after }).flatMap(name => {
      const [was, is] = [before[name] ?? 0, after[name] ?? 0]
      const what = `${folder}: "${name}" ${is} times instead of ${was}`
      if (is < was) return [`${what}. Lower the count.`]
      if (is === was) return []
      const places = breaches.filter(it => it.rule.name === name && folderOf(it.file) === folder)
      return [`${what}. Write ${places[0]?.rule.advice}:`, ...places.map(placeOf)]
    })
  })
}

const placeOf = ({ file, line, words }: Breach) => `  ${file}:${line}: ${words}`

/** Returns the rules with more breaches than before in all folders together. A moved file adds none. */
export function risen(known: Counts, counts: Counts): string[] {
  const totalOf = (all: Counts, name: string) =>
    Object.values(all).reduce((sum, row) => sum + (row[name] ?? 0), 0)
  const names = new Set(Object.values(counts).flatMap(Object.keys))
  return [...names].filter(name => totalOf(counts, name) > totalOf(known, name))
}

/** Formats counts as JSON with one line for each folder. */
export function formatCounts(counts: Counts): string {
  const rows = Object.entries(counts).map(
    ([folder, row]) => `  "${folder}": ${JSON.stringify(row)}`,
  )
  return `{\n${rows.join(',\n')}\n}\n`
}
