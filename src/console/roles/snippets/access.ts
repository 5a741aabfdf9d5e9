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
  /** Whether the client must get the certificate of the authority that signed the gateway's certificate. */
  isPrivateCa: boolean
}>

/** Name of the file with the certificate of a private authority, in PEM. */
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

/** A client of EWS, and how it is set up. */
export type Client = Readonly<{
  id: string
  name: string
  /** Steps in a sentence each, before settings and snippets. */
  steps: (access: Access) => readonly string[]
  settings: (access: Access) => readonly Setting[]
  snippets: (access: Access) => readonly Snippet[]
}>
