/**
 * A sandbox with the usual people in it, and the plainest client.
 */

import {
  type Delegation,
  Sandbox,
  type SandboxUser,
  type Scheduler,
} from '../../sandbox/sandbox.ts'

export const USERNAME = 'svc'
export const PASSWORD = 'pw:secret'
export const AUTHORIZATION = `Basic ${Buffer.from(`${USERNAME}:${PASSWORD}`).toString('base64')}`

export const SOAP = 'http://schemas.xmlsoap.org/soap/envelope/'
export const MESSAGES = 'http://schemas.microsoft.com/exchange/services/2006/messages'
export const TYPES = 'http://schemas.microsoft.com/exchange/services/2006/types'

const user = (name: string, number: number, aliases: readonly string[] = []) => ({
  primarySmtpAddress: `${name}@example.com`,
  aliases,
  principalName: `${name}@corp.example.com`,
  sid: `S-1-5-21-1-2-3-110${number}`,
  displayName: name.slice(0, 1).toUpperCase() + name.slice(1),
})

const USERS: readonly SandboxUser[] = [
  user('alice', 1),
  user('bob', 2),
  user('carol', 3),
  user('ceo', 4, ['boss@example.com']),
  { primarySmtpAddress: 'neutral@example.com', aliases: [], empty: true },
]

type Extra = Readonly<{
  lenient?: boolean
  gromox?: boolean
  seed?: boolean
  delegations?: readonly Delegation[]
  keepSeen?: number
  now?: () => number
  schedule?: Scheduler
}>

/** Starts it; 127.0.0.1, any port. */
export const startSandbox = (extra: Extra = {}): Promise<Sandbox> =>
  Sandbox.start({
    username: USERNAME,
    password: PASSWORD,
    serviceAddress: 'svc@example.com',
    users: USERS,
    ...extra,
  })

export type Reply = Readonly<{ status: number; headers: Headers; text: string; codes: string[] }>

/** Sends bytes as they are. */
export async function post(
  sandbox: Sandbox,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  const response = await fetch(sandbox.url, {
    method: 'POST',
    headers: {
      authorization: AUTHORIZATION,
      'content-type': 'text/xml; charset=utf-8',
      ...headers,
    },
    body,
  })
  const text = await response.text()
  const codes = [...text.matchAll(/<(?:m|e):ResponseCode[^>]*>(\w+)</g)].map(
    ([, code = '']) => code,
  )
  return { status: response.status, headers: response.headers, text, codes }
}

/** An envelope; `header` is XML. */
export const envelope = (body: string, header = ''): string =>
  `<s:Envelope xmlns:s="${SOAP}" xmlns:m="${MESSAGES}" xmlns:t="${TYPES}">` +
  `<s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`

/** Returns the header that impersonates a user. */
export const as = (address: string, kind = 'PrimarySmtpAddress'): string =>
  '<t:ExchangeImpersonation><t:ConnectingSID>' +
  `<t:${kind}>${address}</t:${kind}></t:ConnectingSID></t:ExchangeImpersonation>`

/** Runs an operation as a user. */
export const call = (sandbox: Sandbox, address: string, body: string): Promise<Reply> =>
  post(sandbox, envelope(body, as(address)))

/** GetFolder of a distinguished folder. */
export const getFolder = (id = 'inbox', mailbox = ''): string =>
  '<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>' +
  `<t:DistinguishedFolderId Id="${id}">${mailbox}</t:DistinguishedFolderId>` +
  '</m:FolderIds></m:GetFolder>'

/** FindItem of a distinguished folder. */
export const findItem = (id = 'inbox', inside = '', shape = 'IdOnly'): string =>
  `<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>${shape}</t:BaseShape></m:ItemShape>` +
  `${inside}<m:ParentFolderIds><t:DistinguishedFolderId Id="${id}"/></m:ParentFolderIds></m:FindItem>`

/** CreateItem of messages. */
export const createItem = (messages: string, disposition = 'SaveOnly'): string =>
  `<m:CreateItem MessageDisposition="${disposition}"><m:Items>${messages}</m:Items></m:CreateItem>`

/** The first match of an attribute in an answer. */
export function attribute({ text }: Reply, element: string, name: string): string {
  const [, value] = new RegExp(`<[mt]:${element}(?:\\s[^>]*)?\\s${name}="([^"]*)"`).exec(text) ?? []
  if (value === undefined) throw new TypeError(`There is no ${element}/@${name} in ${text}`)
  return value
}

/** The texts of all elements of that name in an answer. */
export const texts = ({ text }: Reply, element: string): string[] =>
  [...text.matchAll(new RegExp(`<[mt]:${element}(?:\\s[^>]*)?>([^<]*)<`, 'g'))].map(
    ([, value = '']) => value,
  )
