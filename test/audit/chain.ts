/**
 * Checks the hashes of a journal, with nothing but its files.
 *
 * @module
 */

import { hash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { segmentFile, segmentsIn } from '../../src/audit/segments.ts'

/** A batch: its bytes, and the hash that it has of the batch before. */
type Batch = { text: string; readonly previous: string }

/** Returns what is wrong with a journal: torn lines, and batches that do not follow the one before. */
export function problemsOf(folder: string): readonly string[] {
  const names = segmentsIn(readdirSync(folder))
  return [...Map.groupBy(names, ({ writer }) => writer)].flatMap(([writer, segments]) => {
    const texts = segments.map(name => readFileSync(segmentFile(folder, name), 'utf8'))
    // A process that was killed when it began a segment leaves an empty one.
    const torn = texts.some(text => text !== '' && !text.endsWith('\n'))
    if (torn) return [`${writer} has a torn line`]
    return problemsIn(batchesIn(texts.join(''))).map(problem => `${writer}: ${problem}`)
  })
}

function batchesIn(text: string): readonly Batch[] {
  const batches: Batch[] = []
  for (const line of text.split('\n').slice(0, -1)) {
    const { previous } = JSON.parse(line)
    if (previous !== undefined) batches.push({ text: '', previous })
    const last = batches.at(-1)
    if (last) last.text += `${line}\n`
  }
  return batches
}

const problemsIn = (batches: readonly Batch[]): readonly string[] =>
  batches.flatMap(({ previous }, n) =>
    previous === hash('sha256', batches[n - 1]?.text ?? '') ? [] : [`batch ${n} does not follow`],
  )
