/**
 * Reads the user name of an access key or of an account, optionally with a mailbox and a role in front.
 *
 * @module
 */

import { isAccountName } from '../model/external-identity.ts'

/** Parts of a user name. */
export type UserName = Readonly<{
  keyId: string
  roleReference: string | undefined
  mailbox: string | undefined
}>

/** A user name that names an account of a directory. */
export type AccountName = Omit<UserName, 'keyId'> & Readonly<{ name: string }>

/**
 * Splits a user name of the form `mailbox|role\access-key-id@anything`, in which only the ID is required. An empty
 * role counts as absent, because some tools require a domain in front of the name. An empty mailbox before a bar
 * counts as an unknown mailbox, because the client tried to name one.
 *
 * @returns undefined if the name contains a control character
 */
export function readUserName(name: string): UserName | undefined {
  if (hasControls(name)) return undefined
  const backslash = name.lastIndexOf('\\')
  const bar = lastBar(backslash < 0 ? name : name.slice(0, backslash))
  const [keyId = ''] = name.slice(Math.max(bar, backslash) + 1).split('@')
  const role = name.slice(bar + 1, Math.max(bar + 1, backslash))
  return {
    keyId,
    roleReference: role === '' ? undefined : role,
    mailbox: bar < 0 ? undefined : name.slice(0, bar),
  }
}

/**
 * Splits a user name of the form `mailbox|role\\user@domain` or `mailbox|role\\DOMAIN\\user`, in which only the account
 * is required.
 *
 * @returns undefined if the name can't be that of an account
 */
export function readAccountName(text: string): AccountName | undefined {
  const bar = lastBar(text)
  const parts = text.slice(bar + 1).split('\\')
  const count = parts.at(-1)?.includes('@') ? 1 : 2
  const name = parts.slice(-count).join('\\')
  const role = parts.slice(0, -count).join('\\')
  if (!isAccountName(name)) return undefined
  return {
    name,
    roleReference: role === '' ? undefined : role,
    mailbox: bar < 0 ? undefined : text.slice(0, bar),
  }
}

/**
 * Returns the index of the bar after the mailbox: `|`, or `;` for clients that send only the part before a `|`. The
 * last bar counts, because an address can contain a `|`. A role whose name contains one must be named by its ID.
 */
const lastBar = (name: string) => Math.max(name.lastIndexOf('|'), name.lastIndexOf(';'))

const hasControls = (text: string) => /\p{Cc}/u.test(text)
