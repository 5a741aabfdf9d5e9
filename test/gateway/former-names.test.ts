/**
 * Names that a user lost, at the running gateway: whose mailbox a request with one of them opens.
 */

import t from 'tap'
import { codeOf, envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  FULL,
  type GatewayTestServer,
  ORGANIZATION,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'

async function ask(server: GatewayTestServer, address: string) {
  const { text, headers } = await server.post(envelope(address, GET_FOLDER))
  const record = server.audit().find(({ decisionId }) => decisionId === headers['x-decision-id'])
  return { code: codeOf(text), reason: record?.reason, userId: record?.['userId'] }
}

t.test('R3 P5 a former name opens the new owner’s mailbox only after its release', async t => {
  const server = await startGatewayTestServer(t)
  const [ceo, carol] = [
    await server.userId('ceo@example.com'),
    await server.userId('carol@example.com'),
  ]
  const put = (id: typeof ceo, name: string, ...aliases: readonly string[]) =>
    server.store.putUser(ORGANIZATION, {
      id,
      primarySmtpAddress: `${name}@example.com`,
      aliases: aliases.map(alias => `${alias}@example.com`),
    })
  t.match(await ask(server, 'ceo@example.com'), { reason: 'rule-denies', userId: ceo })
  await put(ceo, 'ceo-old')
  for (const name of ['ceo@example.com', 'boss@example.com'])
    t.strictSame(await ask(server, name), {
      code: 'ErrorImpersonateUserDenied',
      reason: 'unknown-user',
      userId: undefined,
    })
  t.match(await ask(server, 'ceo-old@example.com'), { reason: 'rule-denies', userId: ceo })
  await t.rejects(put(carol, 'ceo'), /stays with the user who had it/)
  t.match(await ask(server, 'ceo@example.com'), { reason: 'unknown-user' })

  await server.store.releaseName(ORGANIZATION, 'address', 'ceo@example.com')
  t.match(await ask(server, 'ceo@example.com'), { reason: 'unknown-user' })
  await put(carol, 'carol', 'ceo')
  t.strictSame(await ask(server, 'ceo@example.com'), {
    code: 'NoError',
    reason: undefined,
    userId: carol,
  })
  t.match(await ask(server, 'ceo-old@example.com'), { reason: 'rule-denies', userId: ceo })
  t.ok(FULL.deny?.includes('ceo@example.com'), 'the rule was written for this address')
})
