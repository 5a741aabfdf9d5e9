/**
 * Runs the attacks by the content of a request on the reader and the decision, in this process.
 *
 * @module
 */

import { HOSTILE } from '../../fixtures/hostile/documents.ts'
import type { Attack } from './attack.ts'
import { encodingAttacks } from './attacks-encoding.ts'
import { frameAttacks } from './attacks-frame.ts'
import { identityAttacks } from './attacks-identity.ts'
import { flawOf } from './compare.ts'
import type { PartReport, RunOptions } from './part.ts'
import { SimulatedGateway } from './simulated-gateway.ts'

export async function texts({ root }: RunOptions): Promise<PartReport> {
  const simulated = await SimulatedGateway.of(root)
  const hostile = HOSTILE.map(({ name, bytes }) => ({ name, body: bytes }))
  const list: Attack[] = [
    ...identityAttacks(),
    ...frameAttacks(),
    ...encodingAttacks().filter(isBody),
    ...hostile,
  ]
  const findings: string[] = []
  for (const { name, body, mayPass } of list) {
    const outcome = await simulated.simulate(Buffer.from(body))
    if (outcome.kind === 'rejected' || outcome.denied !== undefined) continue
    const flaw = mayPass ? flawOf(outcome) : 'would be forwarded'
    if (flaw !== undefined) findings.push(`${name}: ${flaw}`)
  }
  return { part: 'attacks in process', tried: list.length, lines: [], findings }
}

/** Other parts cover attacks by HTTP headers. */
const isBody = ({ head }: Attack) => head === undefined
