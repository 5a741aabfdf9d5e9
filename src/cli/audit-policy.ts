/**
 * `ews-gateway audit policy`: prints the policy of an organization at a time, rebuilt from the journals.
 *
 * @module
 */

import { auditFiles, linesOfFiles, placeOf } from '../audit/line-files.ts'
import { PolicyRecords, policyRecordIn } from '../audit/policy-at.ts'
import { secondsOf } from '../control/json-times.ts'
import { visibleJson } from '../model/visible-text.ts'
import type { Output } from './users.ts'

/** Question of the command. */
export type PolicyQuestion = Readonly<{
  organizationId: string
  /** Milliseconds since the epoch. */
  at: number
  /** Files, and folders of them. */
  paths: readonly string[]
}>

/** Returns the time in a text such as `2027-03-01T09:00Z`, in milliseconds since the epoch; undefined if it has none. */
export function timeIn(text: string): number | undefined {
  const seconds = secondsOf(text)
  return typeof seconds === 'number' ? seconds * 1_000 : undefined
}

/**
 * Prints the policy, and what is missing.
 *
 * @returns the exit code: 1 if something is missing, so that the policy was possibly another one
 */
export async function printPolicy(
  { organizationId, at, paths }: PolicyQuestion,
  { print, warn }: Output,
): Promise<number> {
  const problems: string[] = []
  const problem = (message: string) => problems.push(message)
  const records = new PolicyRecords(organizationId, at)
  for await (const lines of linesOfFiles(await auditFiles(paths, problem), problem)) {
    let start = 0
    for (const [index, end] of lines.ends.entries()) {
      const record = recordIn(lines.text.slice(start, end))
      if (record === DAMAGED)
        problem(`${placeOf(lines, index)} is not a record. Restore the file from a backup`)
      else if (record !== undefined) records.add(record)
      start = end + 1
    }
  }
  const { found, ...result } = records.result()
  problems.push(...result.problems)
  if (found) {
    const shown = { organizationId, at: new Date(at).toISOString(), ...found }
    print(`${visibleJson(shown, 2)}\n`)
  }
  for (const message of problems) warn(message)
  for (const note of result.notes) warn(`Note: ${note}`)
  if (found && problems.length > 0) warn('The policy is incomplete.')
  return problems.length > 0 ? 1 : 0
}

const DAMAGED = Symbol('damaged')

/** Types of the records that policies depend on. Few lines have one. */
const TYPES = ['"type":"change"', '"type":"snapshot"']

/** @param line - each character is one byte */
function recordIn(line: string) {
  if (!TYPES.some(type => line.includes(type))) return undefined
  try {
    return policyRecordIn(JSON.parse(Buffer.from(line, 'latin1').toString()))
  } catch {
    return DAMAGED
  }
}
