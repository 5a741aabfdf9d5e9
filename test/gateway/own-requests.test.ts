/**
 * P1 of the gateway's own requests: each acts as the user that it is about, and names that user's mailbox
 * to the load balancer.
 */

import t from 'tap'
import { envelope, GET_FOLDER } from '../kit/corpus.ts'
import {
  type GatewayTestServer,
  type RoleSeed,
  startGatewayTestServer,
} from '../kit/gateway-test-server.ts'

const OWN: RoleSeed = { name: 'own', type: 'FULL_ACCESS', allow: 'all' }
const PERMITTED: RoleSeed = { ...OWN, name: 'permitted', guard: { mailboxes: 'permitted' } }

const inboxOf = (name: string) =>
  GET_FOLDER.replace(
    'Id="inbox"/>',
    `Id="inbox"><t:Mailbox><t:EmailAddress>${name}@example.com</t:EmailAddress></t:Mailbox></t:DistinguishedFolderId>`,
  )
const folderById = (id: string) =>
  `<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds><t:FolderId Id="${id}"/></m:FolderIds></m:GetFolder>`
const SAVE =
  '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>x</t:Subject></t:Message></m:Items></m:CreateItem>'
const sendItem = (id: string, changeKey: string) =>
  `<m:SendItem SaveItemToFolder="false"><m:ItemIds><t:ItemId Id="${id}" ChangeKey="${changeKey}"/></m:ItemIds></m:SendItem>`

const send = (server: GatewayTestServer, name: string, operation: string, role = OWN) =>
  server.post(envelope(`${name}@example.com`, operation), { auth: server.client(role.name).key })

/** Returns the requests that a client's request causes, its own last. */
async function causedBy(
  server: GatewayTestServer,
  name: string,
  operation: string,
  role: RoleSeed,
) {
  server.sandbox.forget()
  await send(server, name, operation, role)
  return server.sandbox.seen.map(({ operation, impersonated, impersonationHeaders, headers }) => [
    operation,
    impersonated,
    headers['x-anchormailbox'],
    impersonationHeaders,
  ])
}

t.test('P1 the gateway’s own requests act as the user that they are about', async t => {
  const server = await startGatewayTestServer(t, { roles: [OWN, PERMITTED], opaqueIds: 'refuse' })
  const idOf = async (name: string) =>
    /FolderId Id="([^"]*)"/.exec((await send(server, name, GET_FOLDER)).text)?.[1] ?? ''
  const ids = { bob: await idOf('bob'), carol: await idOf('carol') }
  const saved = (await send(server, 'carol', SAVE)).text
  const [, item = '', key = ''] = /ItemId Id="([^"]*)" ChangeKey="([^"]*)"/.exec(saved) ?? []
  const as = (operation: string, name: string) => {
    const address = `${name}@example.com`
    return [operation, address, address, 1]
  }

  for (const [what, name, operation, role, expected] of [
    ['owner of an ID', 'bob', folderById(ids.bob), OWN, ['GetFolder bob', 'GetFolder bob']],
    [
      'another mailbox',
      'alice',
      inboxOf('carol'),
      PERMITTED,
      ['GetFolder carol', 'GetFolder alice'],
    ],
    ['sender of an item', 'carol', sendItem(item, key), OWN, ['GetItem carol', 'SendItem carol']],
    [
      'owner of another ID',
      'alice',
      folderById(ids.carol),
      PERMITTED,
      ['GetFolder alice', 'GetFolder alice'],
    ],
  ] as const)
    t.strictSame(
      await causedBy(server, name, operation, role),
      expected.map(text => as(...(text.split(' ') as [string, string]))),
      what,
    )
})
