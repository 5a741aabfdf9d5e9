/**
 * The first configuration of an installation: writes it, and checks it with the schema of every configuration.
 *
 * @module
 */

import { stringify } from 'yaml'
import { writePath } from './keys.ts'
import { configSchema } from './schema.ts'
import { readYaml } from './yaml.ts'

/** Names of the files that a first configuration refers to. They are in the folder of the configuration. */
export const FIRST_FILES = {
  password: 'upstream.password',
  certificate: 'tls.crt',
  privateKey: 'tls.key',
} as const

/** Values that a first configuration needs. */
export type FirstConfig = Readonly<{
  organizationId: string
  alias: string
  kind: string
  url: string
  username: string
  serviceAddresses: readonly string[]
  neutralMailbox: string | undefined
}>

/** Returns the text of the configuration file. It omits keys whose defaults depend on the kind of the server. */
export function writeFirstConfig(first: FirstConfig): string {
  const { organizationId, alias, kind, url, username, serviceAddresses, neutralMailbox } = first
  const neutral =
    neutralMailbox === undefined
      ? '# neutralMailbox: an empty mailbox for requests that touch no mailbox'
      : `neutralMailbox: ${scalar(neutralMailbox)}`
  return `# docs/configuration.md describes every key. To print the result with defaults, run
# ews-gateway check-config --config gateway.yaml
listen:
  data: 0.0.0.0:8443 # tools
  control: 127.0.0.1:8081 # console and control API
  ops: 127.0.0.1:8082 # metrics and health
tls:
  certificate: { file: ${FIRST_FILES.certificate} }
  privateKey: { file: ${FIRST_FILES.privateKey} }
organizations:
  - id: ${organizationId}
    alias: ${scalar(alias)}
    upstream:
      kind: ${scalar(kind)}
      url: ${scalar(url)}
      # For a server with a certificate of your own authority:
      # tls: { ca: { file: ca.crt } }
      authentication:
        kind: basic # or ntlm, oauth
        username: ${scalar(username)}
        password: { file: ${FIRST_FILES.password} }
      # Every address of that account. No request can impersonate it.
      serviceAddresses:
${serviceAddresses.map(address => `        - ${scalar(address)}\n`).join('')}    ${neutral}
`
}

/** Writes a value on one line, quoted if YAML needs it. */
const scalar = (value: string) =>
  stringify(value, { lineWidth: 0, blockQuote: false, defaultStringType: 'PLAIN' }).trimEnd()

/** A mistake in a configuration: a key, as {@link writePath} writes it, and a message. */
export type Mistake = Readonly<{ path: string; message: string }>

/** Returns the mistakes that the schema finds in the configuration file and the password. */
export function mistakesIn(first: FirstConfig, password: string): readonly Mistake[] {
  const reading = readYaml(writeFirstConfig(first))
  if (reading.mistakes) throw new TypeError(`The file is not YAML: ${reading.mistakes.join()}`)
  const { organizations } = reading.value as Readonly<{ organizations: unknown }>
  const context = { path: (path: string) => path, read: () => password }
  const { error } = configSchema(context).safeParse({ organizations })
  return (error?.issues ?? []).map(({ path, message }) => ({ path: writePath(path), message }))
}
