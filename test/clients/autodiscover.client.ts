/**
 * Clients that find the gateway by Autodiscover.
 */

import { join } from 'node:path'
import t from 'tap'
import { makeCertificates, tlsConfigOf } from '../kit/certificates.ts'
import { everyoneWasImpersonated, startFurnished } from './client-test-server.ts'
import { runPython, withoutExchangelib } from './python.ts'

t.test(
  'exchangelib finds the gateway with autodiscover=True',
  { skip: withoutExchangelib },
  async t => {
    const folder = t.testdir({})
    const alternative = 'DNS:autodiscover.example.com,DNS:ews.example.com'
    makeCertificates(folder, [{ name: 'gateway', alternative }])
    const tls = tlsConfigOf(folder, 'gateway')
    const server = await startFurnished(t, {
      config: { tls, publicUrl: 'https://ews.example.com' },
    })
    const { sandbox, gateway, keys } = server
    const outcomes = await runPython(server, {
      script: 'autodiscover',
      key: keys.readOnly,
      settings: { port: gateway.dataPort },
      // It keeps what it found in the folder for temporary files.
      env: { REQUESTS_CA_BUNDLE: join(folder, 'ca.crt'), TMPDIR: folder },
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
  },
)
