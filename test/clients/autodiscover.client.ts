/**
 * Clients that find the gateway by Autodiscover.
 */

import t from 'tap'
import { makeCertificate, withoutOpenssl } from './certificate.ts'
import { everyoneWasImpersonated, startFurnished } from './client-test-server.ts'
import { runPython, withoutExchangelib } from './python.ts'

const skip = withoutExchangelib || withoutOpenssl

t.test('exchangelib finds the gateway with autodiscover=True', { skip }, async t => {
  const folder = t.testdir({})
  const tls = makeCertificate(folder, ['DNS:autodiscover.example.com', 'DNS:ews.example.com'])
  const server = await startFurnished(t, { config: { tls, publicUrl: 'https://ews.example.com' } })
  const { sandbox, gateway, keys } = server
  const outcomes = await runPython(server, {
    script: 'autodiscover',
    key: keys.readOnly,
    settings: { port: gateway.dataPort },
    // It keeps what it found in the folder for temporary files.
    env: { REQUESTS_CA_BUNDLE: tls.certificate.file, TMPDIR: folder },
  })
  t.strictSame(outcomes, {
    found: {
      endpoint: 'https://ews.example.com/EWS/Exchange.asmx',
      address: 'alice@example.com',
      inbox: sandbox.mailbox('alice@example.com').count('inbox'),
    },
    another: sandbox.mailbox('bob@example.com').count('inbox'),
    refused: { ceo: 'ErrorNonExistentMailbox', nobody: 'ErrorNonExistentMailbox' },
    wrong_password: 'UnauthorizedError',
  })
  everyoneWasImpersonated(t, server, ['alice', 'bob'], 'exchangelib by Autodiscover')
})
