/**
 * Exchanges with real clients, and attacks, recomputed.
 */

import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { readNegotiate } from '../../src/ntlm/challenge.ts'
import { channelBindingHash } from '../../src/ntlm/channel-binding.ts'
import { ntHashOf } from '../../src/ntlm/message.ts'
import { readProof, verifyBinding, verifyProof } from '../../src/ntlm/proof.ts'

type Vector = Readonly<{
  client: string
  tls: boolean
  user: string
  domain: string
  workstation: string
  password: string
  serverChallenge: string
  negotiate: string
  challenge: string
  authenticate: string
  expect: Readonly<{
    verdict: string
    proofOk: boolean | null
    keyExchange: boolean | null
    micAnnounced: boolean | null
    micOk: boolean | null
    channelBinding: string | null
    spn: string | null
  }>
}>

const file = new URL('../../fixtures/ntlm.json', import.meta.url)
const { serverCertificatePem, vectors } = JSON.parse(readFileSync(file, 'utf8')) as {
  serverCertificatePem: string
  vectors: readonly Vector[]
}
const binding = channelBindingHash(new X509Certificate(serverCertificatePem).raw)
const hex = (text: string) => Buffer.from(text, 'hex')

const protection = (ok: boolean | null) => (ok ? 'ok' : 'wrong')

t.test('verifyProof() and verifyBinding() agree with each recorded exchange', async t => {
  t.equal(vectors.length, 27)
  for (const [index, vector] of vectors.entries()) {
    const { client, tls, expect } = vector
    const title = `${index} ${client}: ${expect.verdict}`
    const negotiation = {
      negotiate: hex(vector.negotiate),
      challenge: hex(vector.challenge),
      serverChallenge: hex(vector.serverChallenge),
    }
    t.type(readNegotiate(negotiation.negotiate), 'number', title)
    const proof = readProof(hex(vector.authenticate))
    if (expect.verdict === 'refuse: NTLMv1') {
      t.equal(proof, undefined, title)
      continue
    }
    if (proof === undefined) {
      t.fail(title)
      continue
    }
    t.strictSame(
      [proof.user, proof.domain, proof.workstation, proof.sessionKey !== undefined],
      [vector.user, vector.domain, vector.workstation, expect.keyExchange],
      title,
    )
    t.equal(proof.targetName, expect.spn ?? '', title)
    t.strictSame(
      verifyProof(proof, negotiation, ntHashOf(vector.password)),
      {
        isProven: expect.proofOk,
        mic: expect.micAnnounced ? protection(expect.micOk) : 'absent',
      },
      title,
    )
    t.equal(verifyProof(proof, negotiation, ntHashOf('another')).isProven, false, title)
    const isBound = expect.channelBinding !== null && /[1-9a-f]/.test(expect.channelBinding)
    const sameBinding = expect.channelBinding === binding.toString('hex')
    t.equal(
      verifyBinding(proof, tls ? binding : undefined),
      isBound ? protection(sameBinding) : 'absent',
      title,
    )
  }
})
