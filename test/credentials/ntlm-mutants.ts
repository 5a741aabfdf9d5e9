/**
 * Proofs with random changes: none is accepted, and none causes an error.
 *
 * @module
 */

import type { Test } from 'tap'
import { negotiateOf, ntlm, proofOf } from '../kit/ntlm-client.ts'
import { Random } from '../siege/random.ts'
import { BINDING, HOST, openNtlm } from './ntlm-fixture.ts'

/** Another TEST_SEED gives other mutants. */
const SEED = Number(process.env['TEST_SEED'] ?? 20_261_128)

/** The MIC of these proofs covers every byte of all three messages. */
const WHOLE = { mic: 'ok', binding: BINDING, targetName: `HTTP/${HOST}` } as const

/** Values that often are limits. */
const EDGES = [0, 1, 2, 0x7f, 0x80, 0xff]

/** Returns a copy with one to four changes. */
function mutate(message: Buffer, random: Random): Buffer {
  let mutant = Buffer.from(message)
  for (let left = 1 + random.below(4); left > 0; left -= 1) {
    const at = random.below(random.once(2) ? 88 : mutant.length)
    const other = random.below(mutant.length)
    switch (random.below(6)) {
      case 0:
        mutant = mutant.subarray(0, at)
        break
      case 1:
        mutant = Buffer.concat([mutant.subarray(0, at), mutant.subarray(other)])
        break
      case 2:
        mutant = Buffer.concat([mutant, mutant.subarray(at)])
        break
      case 3:
        mutant[at] = random.pick(EDGES)
        break
      case 4:
        mutant[at] = (mutant[at] ?? 0) ^ (1 << random.below(8))
        break
      default:
        mutant.copy(mutant, at, other, other + 1 + random.below(16))
    }
  }
  return mutant
}

/** Tries mutants of first messages and of proofs, and a correct exchange after each hundred. */
export async function tryMutants(t: Test, count: number): Promise<void> {
  const random = new Random(SEED)
  const { fixture, account, connect, challengeOn, signInOn } = await openNtlm()
  const { rateLimiter, key } = fixture
  const accepted: string[] = []
  const kinds = new Set<string | undefined>()
  for (let tried = 0; tried < count; tried += 1) {
    const send = connect()
    await send({ authorization: ntlm(mutate(negotiateOf(), random)) })
    const proof = proofOf(await challengeOn(send), { ...account, ...WHOLE })
    const mutant = mutate(proof, random)
    if (mutant.equals(proof)) continue
    const answer = await send({ authorization: ntlm(mutant) })
    kinds.add(answer?.kind)
    if (answer?.kind === 'authenticated') accepted.push(mutant.toString('hex'))
    rateLimiter.succeed('192.0.2.7', key.id)
    if (tried % 100 === 0) t.match(await signInOn(connect(), WHOLE), { kind: 'authenticated' })
  }
  t.strictSame(accepted, [], `of ${count} mutants from seed ${SEED}`)
  t.ok(kinds.has('wrong'))
}
