/**
 * The attacks by what a request says, on the reader and the decision in this process.
 *
 * @module
 */

import type { Attack } from './attack.ts'
import { encodingAttacks } from './attacks-encoding.ts'
import { frameAttacks } from './attacks-frame.ts'
import { identityAttacks } from './attacks-identity.ts'
import { flawOf } from './compare.ts'
import { Judge } from './fate.ts'
import type { Orders, Outcome } from './part.ts'
import { fixtureBytes } from './seeds.ts'

export async function texts({ root }: Orders): Promise<Outcome> {
  const judge = await Judge.of(root)
  const hostile = fixtureBytes('hostile').map(({ file, bytes }) => ({ name: file, body: bytes }))
  const list: Attack[] = [
    ...identityAttacks(),
    ...frameAttacks(),
    ...encodingAttacks().filter(isBody),
    ...hostile,
  ]
  const through: string[] = []
  for (const { name, body, mayPass } of list) {
    const fate = await judge.fateOf(Buffer.from(body))
    if (fate.kind === 'refused' || fate.denied !== undefined) continue
    const flaw = mayPass ? flawOf(fate) : 'would go on'
    if (flaw !== undefined) through.push(`${name}: ${flaw}`)
  }
  return { part: 'attacks in process', tried: list.length, lines: [], through }
}

/** Other parts cover attacks by HTTP headers. */
const isBody = ({ head }: Attack) => head === undefined
