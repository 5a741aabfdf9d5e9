/**
 * R1: an ID is converted only if the guard allows its mailbox, and no conversion tells whether an address exists. Each
 * conversion that a role may make works, in each format that the server has.
 */

import t, { type Test } from 'tap'
import { codeOf, envelope } from '../kit/corpus.ts'
import {
  type GatewayTestServer,
  type RoleSeed,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'
import { GUIDE_ORGANIZATION } from '../kit/grommunio.ts'
import { ALICE, BOB, CEO, FULL, PERMITTED } from './grommunio-ids.ts'
import { direct, PASSWORD } from './guard-rows.ts'

const ANY: RoleSeed = { ...FULL, name: 'any', guard: { mailboxes: 'any' } }
const FORMATS = ['EwsId', 'EntryId', 'HexEntryId', 'OwaId'] as const
/** Address that DavMail writes beside each ID. */
const DAVMAIL = 'blah@blah.com'
type Format = (typeof FORMATS)[number]
type Source = Readonly<{ format: Format; id: string; mailbox: string }>

const convert = ({ format, id, mailbox }: Source, to: Format = 'EwsId') =>
  `<m:ConvertId DestinationFormat="${to}"><m:SourceIds>` +
  `<t:AlternateId Format="${format}" Id="${id}" Mailbox="${mailbox}"/></m:SourceIds></m:ConvertId>`

/** Returns the ID of the inbox of a mailbox in each format, as the server itself converts it. */
async function idsIn({ sandbox }: GatewayTestServer, mailbox: string) {
  const found = await direct(
    sandbox,
    mailbox,
    '<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>' +
      '<t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>',
  )
  const [, id = ''] = /FolderId Id="([^"]+)"/.exec(found) ?? []
  const ids = new Map<Format, Source>()
  for (const format of FORMATS) {
    const text = await direct(sandbox, mailbox, convert({ format: 'EwsId', id, mailbox }, format))
    const [, converted = ''] = /AlternateId[^>]* Id="([^"]+)"/.exec(text) ?? []
    ids.set(format, { format, id: converted, mailbox })
  }
  return ids
}

/** Sends a conversion. Returns the reason of the denial, or the code of the server. */
async function ask(server: GatewayTestServer, role: RoleSeed, user: string | null, source: Source) {
  const auth = server.client(role.name).key
  const { text, headers } = await server.post(envelope(user, convert(source, 'OwaId')), { auth })
  const id = headers['x-decision-id']
  const record = server.audit().findLast(it => it.type === 'decision' && it.decisionId === id)
  return record?.reason ?? codeOf(text)
}

const start = (t: Test, gromox: boolean) =>
  startGatewayTestServer(t, {
    gromox,
    ...(gromox ? { organization: GUIDE_ORGANIZATION } : { opaqueIds: 'refuse' }),
    upstreamPassword: PASSWORD,
    roles: [FULL, PERMITTED, ANY],
  })

for (const gromox of [false, true])
  t.test(`R1 ConvertId before ${gromox ? 'grommunio' : 'Exchange'}`, async t => {
    const server = await start(t, gromox)
    const [alice, bob, ceo] = [
      await idsIn(server, ALICE),
      await idsIn(server, BOB),
      await idsIn(server, CEO),
    ]
    const tried = async (role: RoleSeed, user: string | null, source: Source | undefined) => {
      server.sandbox.forget()
      const found = await ask(server, role, user, source as Source)
      const asked = server.sandbox.executed.filter(({ operation }) => operation === 'ConvertId')
      t.equal(asked.length, found === 'NoError' ? 1 : 0, 'a denied conversion is not forwarded')
      return found
    }
    for (const format of FORMATS) {
      const [own, other, forbidden] = [alice, bob, ceo].map(ids => ids.get(format) as Source)
      for (const [role, user, source, expected] of [
        [FULL, ALICE, own, 'NoError'],
        [FULL, ALICE, other, 'foreign-mailbox'],
        [FULL, ALICE, forbidden, 'foreign-mailbox'],
        [FULL, ALICE, { ...other, mailbox: ALICE }, 'foreign-mailbox'],
        [FULL, ALICE, { ...own, mailbox: BOB }, 'foreign-mailbox'],
        [FULL, ALICE, { ...own, mailbox: DAVMAIL }, 'NoError'],
        [FULL, ALICE, { ...other, mailbox: DAVMAIL }, 'foreign-mailbox'],
        [FULL, null, { ...forbidden, mailbox: DAVMAIL }, 'foreign-mailbox'],
        [PERMITTED, ALICE, own, 'NoError'],
        [PERMITTED, ALICE, other, 'NoError'],
        [PERMITTED, ALICE, forbidden, 'foreign-mailbox'],
        [PERMITTED, ALICE, { ...forbidden, mailbox: ALICE }, 'foreign-mailbox'],
        [ANY, ALICE, other, 'NoError'],
        [ANY, ALICE, forbidden, 'NoError'],
        [FULL, null, own, 'NoError'],
        [FULL, null, other, 'NoError'],
        [FULL, null, forbidden, 'foreign-mailbox'],
        [FULL, null, { ...forbidden, mailbox: ALICE }, 'foreign-mailbox'],
        [FULL, null, { ...own, mailbox: CEO }, 'foreign-mailbox'],
        [ANY, null, forbidden, 'foreign-mailbox'],
        [FULL, null, { ...own, mailbox: 'nobody@example.com' }, 'foreign-mailbox'],
      ] as const)
        t.equal(
          await tried(role, user, source as Source),
          expected,
          `${role.name} as ${user} converts ${format} ${JSON.stringify(source)}`,
        )
    }
    const probe = { format: 'HexEntryId', id: 'DUMMY', mailbox: 'DUMMY' } as const
    for (const user of [null, ALICE])
      t.equal(await ask(server, FULL, user, probe), 'ErrorInvalidIdMalformed', 'a known probe')
    for (const user of [null, ALICE])
      for (const source of [
        { ...probe, mailbox: CEO },
        { ...probe, mailbox: ALICE },
        { ...probe, id: alice.get('EwsId')?.id ?? '' },
      ])
        t.equal(await ask(server, FULL, user, source), 'foreign-mailbox', JSON.stringify(source))
    t.ok(
      server.sandbox.seen.every(({ impersonated }) => impersonated !== CEO),
      'nobody asks as the CEO',
    )
  })
