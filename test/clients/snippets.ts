/**
 * Settings of clients, as the console shows them for a key of a gateway.
 */

import type { Access } from '../../src/console/roles/snippets/access.ts'
import { CLIENTS } from '../../src/console/roles/snippets/clients.ts'
import type { Key } from '../kit/gateway-test-server.ts'

export const accessOf = (
  url: string,
  { id, secret }: Key,
  mailbox: string,
  isPrivateCa = false,
): Access => ({ url, userName: id, password: secret, mailbox, isPrivateCa })

const clientOf = (name: string) => {
  const client = CLIENTS.find(({ id }) => id === name)
  if (!client) throw new Error(`The console has no settings for ${name}`)
  return client
}

/** Returns the snippet with a title, or the last one. @throws Error without one */
export function snippetOf(access: Access, client: string, title?: string): string {
  const snippets = clientOf(client).snippets(access)
  const found = title === undefined ? snippets.at(-1) : snippets.find(one => one.title === title)
  if (!found) throw new Error(`The console has no ${title} for ${client}`)
  return found.text
}

/** Returns the value of a field. @throws Error without one */
export function settingOf(access: Access, client: string, label: string): string {
  const found = clientOf(client)
    .settings(access)
    .find(one => one.label === label)
  if (!found) throw new Error(`The console has no ${label} for ${client}`)
  return found.value
}
