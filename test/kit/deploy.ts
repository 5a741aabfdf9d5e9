/**
 * Reads the deployment as data: compose.yaml, the manifests, and the settings of the image.
 */

import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { parse, parseAllDocuments } from 'yaml'
import { textOf } from './checkout.ts'
import { INSTRUCTIONS } from './dockerfile.ts'

/** Folder of secrets in both kinds of deployment, and of the configuration in the image. */
export const SECRETS = '/run/ews-gateway'
export const CONFIG = '/etc/ews-gateway'

/** Script of compose.yaml that makes the secrets. */
export const MAKE_SECRETS = 'deploy/compose/make-secrets.sh'

/** Reason to skip tests that run this script. False if it can run. */
export const withoutOpenssl: string | false =
  spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not installed'

export type ComposeService = Readonly<{
  image: string
  build?: string
  pull_policy?: string
  user?: string
  read_only?: boolean
  cap_drop?: readonly string[]
  security_opt?: readonly string[]
  depends_on?: Readonly<Record<string, Readonly<{ condition: string }>>>
  environment?: Readonly<Record<string, string>>
  entrypoint?: readonly string[]
  command?: readonly string[]
  ports?: readonly string[]
  volumes?: readonly string[]
  networks?: readonly string[]
  network_mode?: string
  stop_grace_period?: string
  healthcheck?: Readonly<{ test?: readonly string[]; disable?: boolean }>
}>

export type Compose = Readonly<{
  services: Readonly<Record<string, ComposeService>>
  networks: Readonly<Record<string, Readonly<{ internal?: boolean }>>>
  volumes: Readonly<Record<string, unknown>>
}>

export const COMPOSE: Compose = parse(textOf('compose.yaml'), { merge: true })

/** The cluster validates manifests. A test reads the fields that it needs. */
// biome-ignore lint/suspicious/noExplicitAny: manifests have no schema here
export type Manifest = any

const MANIFESTS = 'deploy/kubernetes'

/** Every file of the folder, with what it holds. */
export const KUBERNETES: ReadonlyMap<string, readonly Manifest[]> = new Map(
  readdirSync(MANIFESTS).map(file => [
    file,
    parseAllDocuments(textOf(`${MANIFESTS}/${file}`)).map(document => document.toJS()),
  ]),
)

/** The last stage of the Dockerfile. */
const OWN = INSTRUCTIONS.slice(INSTRUCTIONS.findLastIndex(({ name }) => name === 'FROM'))

export const IMAGE_ENV: Readonly<Record<string, string>> = Object.fromEntries(
  OWN.filter(({ name }) => name === 'ENV').map(({ rest }) => rest.split(/=(.*)/).slice(0, 2)),
)

/** The port of each listener in the image. */
export const IMAGE_PORTS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(IMAGE_ENV)
    .filter(([name]) => name.startsWith('EWS_GATEWAY_LISTEN__'))
    .map(([name, at]) => [name.replace(/.*__/, '').toLowerCase(), Number(at.replace(/.*:/, ''))]),
)
