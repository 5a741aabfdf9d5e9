/**
 * Reads the audit journals of the gateways.
 *
 * @module
 */

import { createReadStream, readdirSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { segmentFile, segmentsIn } from '../../src/audit/segments.ts'
import type { Gateway } from './gateway.ts'
import type { Decision } from './history.ts'

type Line = Readonly<{
  type: string
  at: string
  decisionId: string
  verdict: string
  userAgent?: string
  policyVersion?: number
  knowledgeAgeMs?: number
  userAddress?: string
}>

export type Records = Readonly<{
  decisions: readonly Decision[]
  /** Policy version after each change, by the ID of its request. */
  versions: ReadonlyMap<string, number>
}>

const ASKED = /^prove (\S+)$/

/** Reads the records of all gateways. Times are corrected by the error of each gateway's clock. */
export async function readRecords(gateways: readonly Gateway[]): Promise<Records> {
  const decisions: Decision[] = []
  const versions = new Map<string, number>()
  for (const { auditFolder, number: gateway, clockByMs } of gateways)
    for await (const line of linesIn(auditFolder)) {
      const { type, decisionId: id, policyVersion, userAgent = '' } = line
      if (type === 'change' && policyVersion !== undefined) versions.set(id, policyVersion)
      const [, permission] = ASKED.exec(userAgent) ?? []
      if (type !== 'decision' || permission === undefined) continue
      const { verdict, knowledgeAgeMs, userAddress: as } = line
      const at = Date.parse(line.at) - clockByMs
      decisions.push({ gateway, permission, id, at, verdict, policyVersion, knowledgeAgeMs, as })
    }
  return { decisions, versions }
}

/** Returns every line of every segment; together they are too long for one text. */
export async function* linesIn(folder: string): AsyncGenerator<Line> {
  for (const name of segmentsIn(readdirSync(folder))) {
    const input = createReadStream(segmentFile(folder, name))
    for await (const text of createInterface({ input })) yield JSON.parse(text)
  }
}
