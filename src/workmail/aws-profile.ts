/**
 * Finds the caller's AWS credentials in the environment, or in the files of the AWS CLI.
 *
 * Supports access keys only. For other profiles, such as those that sign in or assume a role, administrators can
 * export credentials to the environment with the AWS CLI.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
 * @module
 */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Secret } from '../model/secret.ts'
import { WorkMailError } from './workmail.ts'

/** An access key of AWS, and the configured region. */
export type AwsCredentials = Readonly<{
  accessKeyId: string
  secret: Secret
  sessionToken?: Secret
  /** Absent if no region is configured. */
  region?: string
}>

type Environment = Readonly<Record<string, string | undefined>>
type Section = Readonly<Record<string, string>>

/**
 * Finds the credentials where the AWS CLI finds them: in the named profile, or else in the environment, or else in
 * the profile of `AWS_PROFILE` or `default`.
 *
 * @throws WorkMailError if there are none. The message says where to put them
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
    `Cannot find AWS credentials: neither the environment nor the profile ${name} has an access key. If the profile ` +
      `signs in or assumes a role, run: eval "$(aws configure export-credentials --profile ${name} --format env)"`,
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

/** Returns the settings below `[name]`, or none if there is no such file or section. */
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
    throw new WorkMailError(`Cannot read ${file}: ${(error as Error).message}`, { cause: error })
  }
}
