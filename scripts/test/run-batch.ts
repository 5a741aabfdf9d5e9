/**
 * Runs a batch of test files, also those after a file that ended its process.
 *
 * @module
 */

import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Batch } from './batches.ts'
import { type Counts, runProcess } from './test-process.ts'

export type Result = Counts &
  Readonly<{
    name: string
    /** Output of each process: one, unless a file ended its process. */
    outputs: readonly string[]
    seconds: number
  }>

export type Place = Readonly<{
  root: string
  /** Folder for the output of processes. */
  output: string
  /** Folder for files of the tests. */
  temporary: string
  env: Readonly<Record<string, string>>
  /** Time after which a test in progress hangs, in seconds of an idle machine. */
  limit: number
  tick?: () => number
}>

export const NO_COUNTS: Counts = { pass: 0, fail: 0, skip: 0 }

let logs = 0

/** Runs the files of a batch in one process. After a file that ends it, the next files run in another process. */
export async function runBatch({ name, files }: Batch, place: Place): Promise<Result> {
  const began = performance.now()
  const outputs: string[] = []
  let counts = NO_COUNTS
  for (let done = 0; done < files.length; ) {
    // Two patterns can have files of the same folder.
    const log = join(place.output, `${++logs}-${name.replaceAll(/[/ ]/g, '_')}.tap`)
    // Short, because a path of a socket has at most 107 bytes.
    const folder = mkdtempSync(join(place.temporary, 't-'))
    chmodSync(folder, 0o711)
    const env = { ...place.env, TMPDIR: folder }
    const run = await runProcess({ ...place, files: files.slice(done), log, env })
    rmSync(folder, { recursive: true, force: true })
    counts = sum(counts, run.counts)
    outputs.push(readFileSync(log, 'utf8'))
    done += run.files + 1
  }
  return { ...counts, name, outputs, seconds: (performance.now() - began) / 1_000 }
}

export function sum(a: Counts, b: Counts): Counts {
  return { pass: a.pass + b.pass, fail: a.fail + b.fail, skip: a.skip + b.skip }
}
