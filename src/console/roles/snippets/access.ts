/**
 * Values that a client needs to use a role, and the settings made of them.
 *
 * @module
 */

export type Access = Readonly<{
  /** EWS URL of the gateway. */
  url: string
  /** ID of the access key. */
  userName: string
  password: string
  /** Address of the user to impersonate. */
  mailbox: string
  /** Whether the client needs a copy of the certificate of a private certificate authority. */
  isPrivateCa: boolean
}>

/** Name of the file with the certificate of the private certificate authority, in PEM. */
export const CA_FILE = 'gateway-ca.pem'

/** A text to copy. */
export type Snippet = Readonly<{
  title: string
  /** Language of the code block in the documentation. */
  language: 'bash' | 'python' | 'powershell' | 'csharp' | 'java' | 'properties' | 'ini'
  text: string
}>

/** A field of a client's window. */
export type Setting = Readonly<{ label: string; value: string }>

/** An EWS client, and how to set it up. */
export type Client = Readonly<{
  id: string
  name: string
  /** Steps before the settings and snippets, one sentence each. */
  steps: (access: Access) => readonly string[]
  settings: (access: Access) => readonly Setting[]
  snippets: (access: Access) => readonly Snippet[]
}>
