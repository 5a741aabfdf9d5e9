/**
 * R13 and R14 as a table: a sample of fixtures/guard at a gateway before a sandbox that runs like
 * grommunio. Nothing that was denied has an effect there. Each of the rows that is sent straight to that
 * server has its effect; guard-effects.slow.ts sends all.
 */

import t from 'tap'
import { BOBS, mail, multipart, nested, OWN, part } from '../../fixtures/guard/calendars.ts'
import { create, mime } from '../../fixtures/guard/row.ts'
import { envelope } from '../kit/corpus.ts'
import { startGatewayTestServer } from '../kit/gateway-test-server.ts'
import { roleOf } from './guard-rows.ts'
import { ROWS, sampleOf, tryRows, tryWithoutGateway } from './guard-trial.ts'

t.test('R13, R14 in front of a server like grommunio', t => tryRows(t, true))

t.test('R13 a calendar after a large body', async t => {
  const role = roleOf({ name: '', ruling: 'R13', request: '' })
  const server = await startGatewayTestServer(t, { gromox: true, roles: [role] })
  const large = part('text/plain', `${'x'.repeat(70)}\r\n`.repeat(6_000))
  for (const [text, reason] of [
    [BOBS, 'sender-refused'],
    [OWN, undefined],
  ] as const) {
    server.sandbox.forget()
    const content = mail(multipart([large, nested(2, part('text/calendar', text, 'base64'))]))
    const { status } = await server.post(
      envelope('alice@example.com', create(`<t:Message>${mime(content)}</t:Message>`)),
      { auth: server.client(role.name).key },
    )
    const decision = server.audit().findLast(({ type }) => type === 'decision')
    t.equal(decision?.reason, reason, `it is ${reason ?? 'allowed'}`)
    t.equal(status, reason === undefined ? 200 : 500)
    t.equal(server.sandbox.sent.length, reason === undefined ? 1 : 0)
    const ran = server.sandbox.executed.map(({ operation }) => operation)
    t.equal(ran.includes('CreateItem'), reason === undefined)
  }
})

t.test('R13 a message gets no header of an attachment or of another header', async t => {
  const role = roleOf({ name: '', ruling: 'R13', request: '' })
  const server = await startGatewayTestServer(t, { gromox: true, roles: [role] })
  const post = (operation: string) =>
    server.post(envelope('alice@example.com', operation), { auth: server.client(role.name).key })
  const reasonOf = async (operation: string) => {
    await post(operation)
    return server.audit().findLast(({ type }) => type === 'decision')?.reason
  }
  const save = async (content: string) => {
    const { text } = await post(create(content).replace(/MessageDisposition="[^"]*"/, SAVE_ONLY))
    return /ItemId Id="([^"]+)" ChangeKey="([^"]+)"/.exec(text)
  }
  const of = (content: string) => `<t:Message>${content}${TO}</t:Message>`
  const header = (name: string) =>
    `<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="InternetHeaders" PropertyName="${name}" PropertyType="String"/><t:Value>x</t:Value></t:ExtendedProperty>`
  const signed = '<t:ItemClass>IPM.Note.SMIME.MultipartSigned</t:ItemClass>'

  t.equal(await reasonOf(create(of(header('X-A')))), undefined)
  t.equal(server.sandbox.sent.length, 1, 'a header is sent')
  t.equal(await reasonOf(create(of(header('X-A: 1&#10;From')))), 'sender-refused')
  t.equal(await reasonOf(create(of(signed))), 'sender-refused')
  t.equal(await save(of(header('From: ceo@example.com&#10;X-A'))), null, 'nor is it saved')
  const [, id, changeKey] = (await save(of(signed))) ?? []
  const send = `<m:SendItem SaveItemToFolder="true"><m:ItemIds><t:ItemId Id="${id}" ChangeKey="${changeKey}"/></m:ItemIds></m:SendItem>`
  t.equal(await reasonOf(send), 'sender-refused', 'a signed message that is saved')
  t.equal(server.sandbox.sent.length, 1)
})

const SAVE_ONLY = 'MessageDisposition="SaveOnly"'
const TO =
  '<t:ToRecipients><t:Mailbox><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox></t:ToRecipients>'

t.test('R13, R14 without a gateway', t => tryWithoutGateway(t, sampleOf(ROWS)))
