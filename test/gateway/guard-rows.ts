/**
 * Steps that try a row of fixtures/guard at a server: make the items that it names, send it, and look for its
 * effects.
 *
 * @module
 */

import type { Effect, Row } from '../../fixtures/guard/row.ts'
import { GROMOX_IDS } from '../../sandbox/gromox-ids.ts'
import { writeId } from '../../sandbox/ids.ts'
import type { Hidden, Sandbox, Sent } from '../../sandbox/sandbox.ts'
import { envelope } from '../kit/corpus.ts'
import { basic, type RoleSeed, SERVICE, XML } from '../kit/gateway-test-server.ts'

const ALICE = 'alice@example.com'
export const PASSWORD = 'the password of the service account'
export const DELEGATIONS = [{ owner: 'bob@example.com', delegate: ALICE }] as const

/** The rows of a table; a tag in many spellings is as many rows. */
export function rowsOf(table: readonly Row[]): readonly Row[] {
  return table.flatMap(({ spellings, ...row }) =>
    spellings === undefined
      ? [row]
      : spellings.map(({ name, tag, ...own }) => ({
          ...row,
          ...own,
          name: `${row.name} ${name}`,
          request: row.request.replaceAll('{tag}', tag),
        })),
  )
}

/** The role under which a row is tried: one for each guard. */
export const roleOf = ({ type, guard = {} }: Row) => ({
  name: `${type ?? 'FULL_ACCESS'} ${JSON.stringify(guard)}`,
  type: type ?? ('FULL_ACCESS' as const),
  allow: 'all' as const,
  deny: ['ceo@example.com'],
  guard,
})

/** The roles of all rows. */
export const rolesOf = (rows: readonly Row[]): readonly RoleSeed[] => [
  ...new Map(rows.map(row => [roleOf(row).name, roleOf(row)])).values(),
]

/** Sends a request straight to a sandbox, as a user. */
export async function direct(sandbox: Sandbox, as: string, operation: string): Promise<string> {
  const response = await fetch(sandbox.url, {
    method: 'POST',
    headers: {
      authorization: basic({ id: SERVICE, secret: PASSWORD }),
      'content-type': XML,
    },
    body: envelope(as, operation),
  })
  return await response.text()
}

let made = 0

/** Makes the items that a row names, and returns its request with their IDs. */
export async function prepare(sandbox: Sandbox, row: Row): Promise<string> {
  made += 1
  const number = String(made)
  const { guid } = sandbox.mailbox(ALICE)
  const values = new Map([
    ['n', number],
    ['conversation', sandbox.ids === GROMOX_IDS ? number : conversationId(guid, made)],
  ])
  for (const [name, { as = ALICE, request, find }] of Object.entries(row.given ?? {})) {
    const before = find === undefined ? [] : await itemsIn(sandbox, find)
    const answer = await direct(sandbox, as, request.replaceAll('{n}', number))
    const ids = find === undefined ? idsIn(answer) : await itemsIn(sandbox, find)
    const [id = '', changeKey = '', kind] =
      ids.find(([id]) => !before.some(it => it[0] === id)) ?? []
    if (id === '') throw new TypeError(`The server did not make ${name}: ${answer}`)
    values.set(`${name}.${kind === 'Folder' ? 'FolderId' : 'Id'}`, id)
    values.set(`${name}.ChangeKey`, changeKey)
  }
  return filled(row.request, values)
}

/** Returns a row's request without a server: its IDs point into a mailbox. */
export function pretended(row: Row, guid: string): string {
  const names = Object.keys(row.given ?? {})
  const item = writeId({ guid, folder: 1, item: 2 })
  return filled(
    row.request,
    new Map([
      ['n', '1'],
      ['conversation', conversationId(guid, 1)],
      ...names.flatMap(name => [
        [`${name}.Id`, item] as const,
        [`${name}.FolderId`, writeId({ guid, folder: 1 })] as const,
        [`${name}.ChangeKey`, 'CQAAAA=='] as const,
      ]),
    ]),
  )
}

const filled = (request: string, values: ReadonlyMap<string, string>) =>
  request.replace(/\{([a-zA-Z.]+)\}/g, (written, name) => {
    const value = values.get(name)
    if (value === undefined) throw new TypeError(`The row does not make ${written}`)
    return value
  })

type Id = readonly [id: string, changeKey: string, kind: string]

const idsIn = (answer: string): readonly Id[] =>
  [...answer.matchAll(/<\w+:(Item|Folder)Id Id="([^"]+)" ChangeKey="([^"]+)"/g)].map(
    ([, kind = '', id = '', changeKey = '']) => [id, changeKey, kind],
  )

const itemsIn = async (sandbox: Sandbox, folder: string) =>
  idsIn(
    await direct(
      sandbox,
      ALICE,
      '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>' +
        `<m:ParentFolderIds><t:DistinguishedFolderId Id="${folder}"/></m:ParentFolderIds></m:FindItem>`,
    ),
  )

/** A ConversationId of Exchange's form. */
function conversationId(guid: string, number: number): string {
  const tail = Buffer.alloc(18)
  tail[0] = 16
  tail.writeUInt32LE(number, 2)
  return Buffer.concat([Buffer.from([0, 4, guid.length, 0]), Buffer.from(guid), tail]).toString(
    'base64',
  )
}

/** Effects on a server during a period. */
export type Done = Readonly<{ sent: readonly Sent[]; hidden: readonly Hidden[] }>

/** Starts to watch a sandbox; the result returns the effects since then. */
export function watch(sandbox: Sandbox): () => Done {
  sandbox.forget()
  const before = hiddenOf(sandbox)
  return () => {
    const rest = before.map(textOf)
    const hidden = hiddenOf(sandbox).filter(it => {
      const at = rest.indexOf(textOf(it))
      if (at >= 0) rest.splice(at, 1)
      return at < 0
    })
    return { sent: [...sandbox.sent], hidden }
  }
}

const hiddenOf = (sandbox: Sandbox) => sandbox.mailbox(ALICE).hidden()
const textOf = ({ kind, by }: Hidden) => `${kind} ${by}`

/** Whether a message went out under a name, an address, or an address type that is not the user's. */
export const isForeign = ({ from, sender }: Sent): boolean =>
  [from, sender].some(
    ({ name, address, routingType }) =>
      address.toLowerCase() !== ALICE || routingType !== 'SMTP' || /^(the )?(bob|ceo)/i.test(name),
  )

/** Whether an effect happened. */
export function hasEffect({ sent, hidden }: Done, effect: Effect): boolean {
  if (effect === 'sent') return sent.length > 0
  if (effect === 'sender') return sent.some(isForeign)
  return hidden.some(({ kind }) => kind === effect)
}
