import t from 'tap'
import { makeSelfSigned } from '../../src/cli/init/self-signed.ts'
import { authorityIn } from '../../src/config/certificates.ts'
import { makeCertificates } from '../kit/certificates.ts'

t.test('authorityIn() returns the self-signed certificate of a chain', async t => {
  const read = makeCertificates(t.testdir({}), [{ name: 'leaf', alternative: 'DNS:leaf' }])
  const [leaf, ca] = [read('leaf.crt'), read('ca.crt')]
  const [from, until] = [new Date(0), new Date(1_000)]
  const { certificate, privateKey } = makeSelfSigned({
    dnsNames: ['a'],
    addresses: [],
    from,
    until,
  })
  for (const [what, chain, found] of [
    ['alone', certificate, certificate],
    ['after a certificate that it issued', leaf + ca, ca],
    ['not the private key beside it', certificate + privateKey, certificate],
    ['nothing if the authority is not in the chain', leaf, undefined],
  ] as const)
    t.equal(authorityIn(chain)?.trim(), found?.trim(), what)
})
