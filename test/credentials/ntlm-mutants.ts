/**
 * Proofs with random changes: none is accepted, and none causes an error.
 *
 * @module
 */

import type { Test } from 'tap'
import { negotiateOf, ntlm, proofOf } from '../kit/ntlm-client.ts'
import { mutate } from '../kit/ntlm-mutants.ts'
import { Random } from '../siege/random.ts'
import { BINDING, HOST, openNtlm } from './ntlm-fixture.ts'

/** Another TEST_SEED gives other mutants. */
const SEED = Number(process.env['TEST_SEED'] ?? 20_261_128)

/** The MIC of these proofs covers every byte of all three messages. */
const WHOLE = { mic: 'ok', binding: BINDING, targetName: `HTTP/${HOST}` } as const

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
