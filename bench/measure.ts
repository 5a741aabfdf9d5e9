/**
 * Measures one subject once, and proves that what was answered was recorded.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AuditSizes, auditedSince, auditSizes } from './audit.ts'
import { hasWrk, type LoadOptions, type LoadReport, load, wrk } from './loading.ts'
import type { Subject } from './peers.ts'
import { EWS_PATH } from './requests.ts'
import { post } from './tls.ts'

export type Sample = Readonly<{
  requestsPerSecond: number
  cpuMicroseconds: number
  report: LoadReport
}>

export type MeasureOptions = Pick<LoadOptions, 'bodyFile' | 'seconds'> &
  Partial<LoadOptions> &
  Readonly<{
    folder: string
    /** Expected status of every response. */
    status?: string
    byWrk?: boolean
  }>

const CONNECTIONS = 32
/** Ends a run in which an answer never comes. */
const PATIENCE_SECONDS = 300

/** @throws Error where an answer is not as it should be, or has no record */
export async function measure(subject: Subject, options: MeasureOptions): Promise<Sample> {
  const { folder, status = '200', byWrk = false, ...given } = options
  const { dataFolder } = subject
  const loadOptions: LoadOptions = {
    port: subject.port,
    authorizations: subject.authorizations,
    connections: CONNECTIONS,
    ca: subject.ca,
    patienceSeconds: PATIENCE_SECONDS,
    ...(dataFolder !== undefined && { idsFile: join(folder, 'ids') }),
    ...given,
  }
  const audited = dataFolder === undefined ? undefined : auditSizes(dataFolder)
  const before = subject.program.cpuMs
  const isByWrk = byWrk && hasWrk
  const report = await (isByWrk ? wrk(loadOptions, folder) : load(loadOptions))
  await subject.settled?.()
  const cpuMs = subject.program.cpuMs - before
  // wrk counts every answer that is not a success as failed.
  const right = isByWrk ? report.answers : report.statuses[status]
  if (report.failed > 0 || report.answers === 0 || right !== report.answers)
    throw new Error(`${subject.name}: ${JSON.stringify(report)} ${await oneAnswer(loadOptions)}`)
  checkAudit(subject, report, audited, isByWrk ? undefined : join(folder, 'ids'))
  return {
    requestsPerSecond: report.answers / report.seconds,
    cpuMicroseconds: (cpuMs * 1_000) / report.answers,
    report,
  }
}

/** Returns the response to one request, to explain a failure. */
async function oneAnswer({
  port,
  path = EWS_PATH,
  bodyFile,
  authorizations,
  ca,
}: LoadOptions): Promise<string> {
  const headers = {
    'content-type': 'text/xml; charset=utf-8',
    authorization: authorizations[0] ?? '',
  }
  const { text } = await post({ port, path, ca }, headers, readFileSync(bodyFile))
  return text.slice(0, 500)
}

/** Each response has a decision: exactly the one with its ID, if the bench knows it. */
function checkAudit(
  { name, dataFolder }: Subject,
  { answers }: LoadReport,
  before: AuditSizes | undefined,
  idsFile: string | undefined,
): void {
  if (dataFolder === undefined || before === undefined) return
  const decided = new Set<string>()
  for (const line of auditedSince(dataFolder, before).split('\n'))
    if (line.startsWith('{"type":"decision"'))
      decided.add(/"decisionId":"([^"]+)"/.exec(line)?.[1] ?? '')
  if (decided.size < answers)
    throw new Error(`${name}: ${answers} answers, but ${decided.size} audit records`)
  if (idsFile === undefined) return
  const ids = readFileSync(idsFile, 'latin1').split('\n')
  const missing = ids.filter(id => !decided.has(id)).length
  if (ids.length !== answers || missing > 0)
    throw new Error(`${name}: of ${answers} answers ${missing} have no audit record`)
}

export const median = (values: readonly number[]): number => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

/** Half of the way between the quartiles, as a share of the median. */
export function spread(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.round((sorted.length - 1) * share)] as number
  return (at(0.75) - at(0.25)) / 2 / median(values)
}
