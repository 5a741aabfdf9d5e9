/**
 * Near misses in imports, the audit, and logs.
 *
 * @module
 */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inMilliseconds } from '../../src/app/milliseconds.ts'
import { lineOf } from '../../src/audit/line.ts'
import { scrub } from '../../src/telemetry/scrub.ts'
import { findAwsCredentials } from '../../src/workmail/aws-profile.ts'
import { WorkMailFolder } from '../../src/workmail/folder.ts'
import { groupsOf } from '../../src/workmail/groups.ts'
import { peopleOf } from '../../src/workmail/people.ts'
import { WorkMailError } from '../../src/workmail/workmail.ts'
import { after, around, makeFolder, passes, rowsOf } from './row.ts'

const folder = makeFolder()
writeFileSync(join(folder, 'list-aliases-x.json'), '{}')
const workMail = new WorkMailFolder(folder)
const isFileId = async (id: string) => {
  const call = { operation: 'ListAliases', input: { EntityId: id } } as const
  return await workMail.call(call).then(
    () => true,
    error => !/cannot be part/.test(error.message),
  )
}

/** Whether a file of the AWS CLI has a key. */
function hasKey(text: string): boolean {
  const file = join(folder, 'credentials')
  writeFileSync(file, text)
  const env = { AWS_SHARED_CREDENTIALS_FILE: file, AWS_CONFIG_FILE: join(folder, 'none') }
  return passes(() => findAwsCredentials(env), WorkMailError)
}
const ID = 'aws_access_key_id = x'
const SECRET = 'aws_secret_access_key = x'

const UUID = '12345678-1234-1234-1234-123456789012'
const isGroupName = (name: string) =>
  groupsOf([{ id: UUID, name, state: 'ENABLED', members: [] }], () => false).drafts.length === 1
const isDisplayName = (displayName: string) => {
  const user = { id: UUID, email: 'ann@example.com', displayName, aliases: [] }
  const people = peopleOf([{ ...user, state: 'ENABLED', userRole: 'USER' }], [])
  return people.enabled[0]?.displayName === displayName
}

const isWrittenPlain = (requestId: string) =>
  lineOf({ type: 'outcome', at: 0, decisionId: requestId } as Parameters<
    typeof lineOf
  >[0]).includes(`:"${requestId}"`)

export const IMPORT_ROWS = [
  ...rowsOf('app/milliseconds.ts', [
    'idleSeconds',
    after('s'),
    name => Object.keys(inMilliseconds({ [name]: 1 }))[0] !== name,
  ]),
  ...rowsOf('audit/line.ts', ['x', around('"'), isWrittenPlain]),
  ...rowsOf('telemetry/scrub.ts', [
    'api-key',
    after('s'),
    name => scrub({ [name]: 1 })[name] !== 1,
  ]),
  ...rowsOf(
    'workmail/aws-profile.ts',
    ['[default]', ['# [default]'], heading => hasKey(`${heading}\n${ID}\n${SECRET}\n`)],
    [SECRET, [` ${SECRET}`], line => hasKey(`[default]\n${ID}\n${line}\n`)],
  ),
  ...rowsOf('workmail/folder.ts', ['x', around('/'), isFileId]),
  ...rowsOf('workmail/groups.ts', ['admins', around('\u0007'), isGroupName]),
  ...rowsOf('workmail/people.ts', ['Ann', around('\u0007'), isDisplayName]),
]
