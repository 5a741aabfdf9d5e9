/**
 * Reads a report that `check-upstream --conformance` printed.
 *
 * @module
 */

import { isMapping } from '../../config/keys.ts'
import {
  type ConformanceReport,
  PROBES,
  type ProbeName,
  SHOWN,
  type ShowingProbe,
} from '../../model/conformance.ts'
import { SERVER_KIND_NAMES } from '../../model/server-kind.ts'

/** @returns undefined if the text is not a report of this version's format */
export function readReport(text: string): ConformanceReport | undefined {
  const report = parsed(text)
  return isReport(report) ? report : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isReport(value: unknown): value is ConformanceReport {
  if (!isMapping(value)) return false
  const { format, kind, ids, affinityCookies, largeBodyBytes, probes } = value
  return (
    format === 1 &&
    SERVER_KIND_NAMES.some(name => name === kind) &&
    (ids === 'mailbox' || ids === 'opaque') &&
    Array.isArray(affinityCookies) &&
    affinityCookies.every(name => typeof name === 'string') &&
    Number.isSafeInteger(largeBodyBytes) &&
    isMapping(probes) &&
    PROBES.every(name => isResult(name, probes[name]))
  )
}

function isResult(name: ProbeName, value: unknown): boolean {
  if (!isMapping(value)) return false
  const { form, status, code, shows } = value
  if (form === 'skipped') return true
  if (typeof code !== 'string' || !isShown(name, shows)) return false
  return (
    form === 'none' || ((form === 'response' || form === 'fault') && Number.isSafeInteger(status))
  )
}

function isShown(name: ProbeName, shows: unknown): boolean {
  const words: readonly string[] = Object.hasOwn(SHOWN, name) ? SHOWN[name as ShowingProbe] : []
  return shows === undefined || (Array.isArray(shows) && shows.every(word => words.includes(word)))
}
