/**
 * The caller's AWS credentials: the environment, else the files of the AWS CLI.
 *
 * Only keys that stand there: a profile that signs in, assumes a role or runs a program is one for the
 * AWS CLI, which can write what comes of it into the environment.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 * @module
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from '../model/secret.ts'
import { WorkMailError } from './workmail.ts'

export type AwsCredentials = Readonly<{
  accessKeyId: string
  secret: Secret
  sessionToken?: Secret
  /** Absent where none is configured. */
  region?: string
}>

type Environment = Readonly<Record<string, string | undefined>>
type Section = Readonly<Record<string, string>>

/**
 * Finds the credentials as the AWS CLI does: a profile that is asked for, else the environment, else
 * the profile of `AWS_PROFILE` or `default`.
 *
 * @throws WorkMailError saying where they could stand
 */
export function findAwsCredentials(env: Environment, profile?: string): AwsCredentials {
  const name = profile ?? env['AWS_PROFILE'] ?? 'default'
  const config = sectionOf(
    env['AWS_CONFIG_FILE'] ?? inHome(env, 'config'),
    name === 'default' ? name : `profile ${name}`,
  )
  const region = env['AWS_REGION'] ?? env['AWS_DEFAULT_REGION'] ?? config['region']
  const fromEnvironment = profile === undefined ? keyOf(env, UPPER) : undefined
  const kept = sectionOf(env['AWS_SHARED_CREDENTIALS_FILE'] ?? inHome(env, 'credentials'), name)
  const found = fromEnvironment ?? keyOf(kept, LOWER) ?? keyOf(config, LOWER)
  if (found !== undefined) return { ...found, ...(region && { region }) }
  throw new WorkMailError(
    `There are no AWS keys in the environment and none in the profile ${name}. Of a profile that signs in ` +
      `or assumes a role, the AWS CLI gives them: eval "$(aws configure export-credentials --profile ${name} --format env)"`,
  )
}

const UPPER = ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN'] as const
const LOWER = ['aws_access_key_id', 'aws_secret_access_key', 'aws_session_token'] as const

function keyOf(
  values: Environment,
  [idName, secretName, tokenName]: typeof UPPER | typeof LOWER,
): AwsCredentials | undefined {
  const [id, secret, token] = [values[idName], values[secretName], values[tokenName]]
  if (!id || !secret) return undefined
  return {
    accessKeyId: id,
    secret: new Secret(secret),
    ...(token && { sessionToken: new Secret(token) }),
  }
}

const inHome = (env: Environment, file: string) => join(env['HOME'] ?? '', '.aws', file)

/** What stands below `[name]`; nothing where there is no such file or section. */
function sectionOf(file: string, name: string): Section {
  const section: Record<string, string> = {}
  let inside = false
  for (const line of read(file).split(/\r?\n/)) {
    const [, heading] = /^\s*\[\s*(.*?)\s*\]/.exec(line) ?? []
    if (heading !== undefined) inside = heading.replace(/\s+/g, ' ') === name
    const [, key, value] = /^(\w+)\s*=\s*(.*?)\s*$/.exec(line) ?? []
    if (inside && key !== undefined && value !== undefined) section[key] = value
  }
  return section
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw new WorkMailError(`${file} cannot be read: ${(error as Error).message}`, { cause: error })
  }
}
